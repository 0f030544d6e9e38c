#include "middleware/broker/adoption.hpp"

#include <algorithm>
#include <cinttypes>
#include <utility>
#include <vector>

#include "middleware/broker/liveness.hpp"
#include "middleware/broker/peer_recount.hpp"
#include "middleware/ring/protocol.h"

namespace tarn::broker {

namespace {

Failure corrupt(const char* table, std::uint32_t index) {
  return Failure(Error::make(Errc::Corrupt, 0,
                             "the pool cannot be taken over: record %" PRIu32
                             " of %s does not hold; stop its clients, then a new pool is made",
                             index, table));
}

template <typename Record>
void free_reserved(Books& books) {
  for (std::uint32_t i = 0; i < books.directory.count<Record>(); ++i) {
    if (books.directory.state<Record>(i) == RecordState::Reserved) books.directory.free<Record>(i);
  }
}

// The records of one table that are in use, checked; take(index, record) says whether what it owns
// is still to be had.
template <typename Record, typename Take>
Result<void> take_over(Books& books, const char* table, Take take) {
  for (std::uint32_t i = 0; i < books.directory.count<Record>(); ++i) {
    if (!is_in_use(books.directory.state<Record>(i))) continue;
    const Record& record = books.directory.at<Record>(i);
    if (!directory::holds(record, books.geometry()) || !take(i, record)) return corrupt(table, i);
  }
  return {};
}

class Adoption {
 public:
  Adoption(Registry& registry, const std::vector<Extent>& members,
           const platform::FileDescriptor& alive) noexcept
      : registry_(registry), books_(registry.books), members_(members), alive_(alive) {}

  Result<void> run() {
    free_all_reserved();
    if (!books_.adopt_blocks()) return corrupt("block_owners", 0);
    if (auto taken = take_records(); !taken) return taken;
    if (auto taken = take_entries(); !taken) return taken;
    if (auto taken = take_lines(); !taken) return taken;
    if (auto taken = take_members(); !taken) return taken;
    registry_.orphans.complete_counts();
    recount();
    complete_memberships();
    verify_clients();
    orphan_closed();
    registry_.patterns.complete();
    registry_.settle();
    registry_.orphans.publish_usage();
    return {};
  }

 private:
  void free_all_reserved() {
    free_reserved<ClientRecordLayout>(books_);
    free_reserved<TopicRecordLayout>(books_);
    free_reserved<RingRecordLayout>(books_);
    free_reserved<SubscriberRecordLayout>(books_);
    free_reserved<WaiterRecordLayout>(books_);
    free_reserved<PatternRecordLayout>(books_);
  }

  Result<void> take_records() {
    const auto clients = take_over<ClientRecordLayout>(
        books_, "clients", [](std::uint32_t, const ClientRecordLayout&) { return true; });
    if (!clients) return clients;
    const auto topics = take_over<TopicRecordLayout>(
        books_, "topics", [&](std::uint32_t, const TopicRecordLayout& topic) {
          return topic.type_text_bytes == 0 ||
                 books_.type_text.reserve_exact(topic.type_text_offset, topic.type_text_bytes);
        });
    if (!topics) return topics;
    return take_over<RingRecordLayout>(
        books_, "rings", [&](std::uint32_t, const RingRecordLayout& ring) {
          auto& newest = books_.header().ring_generation;
          directory::set_count(newest, std::max(newest, ring.ring_generation));
          return topic_in_use(ring.topic);
        });
  }

  Result<void> take_entries() {
    registry_.topics.promise();
    // Those that do not agree with the rings that are there serve nobody; then all share.
    if (books_.lay_out_members(members_) || books_.lay_out_members({})) return {};
    return corrupt("members", 0);
  }

  Result<void> take_lines() {
    std::vector<bool> named(books_.geometry().waiters.count, false);
    const auto taken = take_over<SubscriberRecordLayout>(
        books_, "subscribers", [&](std::uint32_t, const SubscriberRecordLayout& subscriber) {
          if (subscriber.pattern == 0) named[subscriber.waiter] = true;
          return take_subscriber(subscriber);
        });
    if (!taken) return taken;
    for (std::uint32_t i = 0; i < named.size(); ++i) {
      if (named[i] || !is_in_use(books_.directory.state<WaiterRecordLayout>(i))) continue;
      const auto& record = books_.directory.at<WaiterRecordLayout>(i);
      if ((record.flags & directory::kWaiterAlone) == 0) {
        books_.directory.free<WaiterRecordLayout>(i);
      } else if (!take_waiter(record)) {
        return corrupt("waiters", i);
      }
    }
    return take_over<PatternRecordLayout>(
        books_, "patterns", [&](std::uint32_t, const PatternRecordLayout& pattern) {
          return is_in_use(books_.directory.state<ClientRecordLayout>(pattern.client));
        });
  }

  bool take_waiter(const WaiterRecordLayout& waiter) {
    return directory::holds(waiter, books_.geometry()) &&
           is_in_use(books_.directory.state<ClientRecordLayout>(waiter.client)) &&
           books_.lines.take_exact(waiter.client, LineKind::Waiter, waiter.line, 1);
  }

  bool take_subscriber(const SubscriberRecordLayout& subscriber) {
    const std::uint32_t client = subscriber.client;
    if (!is_in_use(books_.directory.state<ClientRecordLayout>(client))) return false;
    return topic_in_use(subscriber.topic) && take_bed(subscriber) &&
           books_.lines.take_exact(client, LineKind::Counters, subscriber.counters_line,
                                   kCountersLines) &&
           books_.lines.take_exact(client, LineKind::Pins, subscriber.pins_line,
                                   directory::pin_lines_for(subscriber.held));
  }

  // That of a pattern's is a waiter alone.
  bool take_bed(const SubscriberRecordLayout& subscriber) {
    if (subscriber.pattern != 0) return true;
    if (!is_in_use(books_.directory.state<WaiterRecordLayout>(subscriber.waiter))) return false;
    const std::uint32_t bed = books_.directory.at<WaiterRecordLayout>(subscriber.waiter).line;
    return books_.lines.take_exact(subscriber.client, LineKind::Waiter, bed, 1);
  }

  // Entries of rings that are there keep their join lines; all others are of rings that never came
  // to be, or are half gone.
  Result<void> take_members() {
    std::vector<bool> kept(books_.geometry().members.count, false);
    for (std::uint32_t ring = 0; ring < books_.geometry().rings.count; ++ring) {
      if (!is_in_use(books_.directory.state<RingRecordLayout>(ring))) continue;
      const auto& record = books_.directory.at<RingRecordLayout>(ring);
      for (std::uint32_t place = 0; place < record.members_capacity; ++place) {
        const auto subscriber = registry_.memberships.subscriber_at(ring, place);
        if (!subscriber || !reads(*subscriber, record.topic)) continue;
        const std::uint32_t entry = record.members_first + place;
        const std::uint32_t line = books_.directory.at<MemberEntryLayout>(entry).join_line;
        const std::uint32_t client =
            books_.directory.at<SubscriberRecordLayout>(*subscriber).client;
        if (!books_.lines.take_exact(client, LineKind::Join, line, 1)) {
          return corrupt("members", entry);
        }
        registry_.memberships.line_taken(*subscriber);
        kept[entry] = true;
      }
    }
    for (std::uint32_t entry = 0; entry < kept.size(); ++entry) {
      const std::uint64_t word = books_.directory.at<MemberEntryLayout>(entry).member;
      if (directory::member_active(word) && !kept[entry]) books_.directory.clear_member(entry);
    }
    return {};
  }

  [[nodiscard]] bool reads(std::uint32_t subscriber, std::uint32_t topic) const {
    return subscriber < books_.geometry().subscribers.count &&
           is_in_use(books_.directory.state<SubscriberRecordLayout>(subscriber)) &&
           books_.directory.at<SubscriberRecordLayout>(subscriber).topic == topic;
  }

  [[nodiscard]] bool topic_in_use(std::uint32_t topic) const {
    return is_in_use(books_.directory.state<TopicRecordLayout>(topic));
  }

  void recount() {
    recount_peers(books_, registry_.memberships);
    for (std::uint32_t i = 0; i < books_.geometry().topics.count; ++i) {
      if (!topic_in_use(i)) continue;
      registry_.topics.rings_changed(i);
      registry_.topics.subscribers_changed(i);
      registry_.topics.release_if_unused(i);
    }
    // The one before may not have come so far.
    registry_.topics.mark_former();
    for (std::uint32_t ring = 0; ring < books_.geometry().rings.count; ++ring) {
      if (!is_in_use(books_.directory.state<RingRecordLayout>(ring))) continue;
      registry_.memberships.members_changed(ring);
    }
  }

  void complete_memberships() {
    for (std::uint32_t i = 0; i < books_.geometry().subscribers.count; ++i) {
      if (books_.directory.state<SubscriberRecordLayout>(i) != RecordState::Active) continue;
      // Without a line it stays as its former broker left it: its client was never answered.
      (void)registry_.subscribers.enter_everywhere(i);
    }
  }

  void verify_clients() {
    for (std::uint32_t i = 0; i < books_.geometry().clients.count; ++i) {
      const RecordState state = books_.directory.state<ClientRecordLayout>(i);
      if (!is_in_use(state)) {
        books_.return_blocks(i);
        continue;
      }
      auto liveness = check_liveness(books_.directory.at<ClientRecordLayout>(i), i, alive_);
      if (state == RecordState::Reaping || !liveness.alive) {
        registry_.clients.reap(i);
      } else {
        registry_.clients.watch(i, std::move(liveness.process));
      }
    }
  }

  // A publisher closes its ring before it tells its broker, who may not have lived to hear it.
  void orphan_closed() {
    for (std::uint32_t ring = 0; ring < books_.geometry().rings.count; ++ring) {
      if (books_.directory.state<RingRecordLayout>(ring) != RecordState::Active) continue;
      const auto& record = books_.directory.at<RingRecordLayout>(ring);
      if (is_closed(directory::view_of(record, books_.view()))) registry_.orphans.orphan(ring);
    }
  }

  static bool is_closed(const ring::RingView& view) noexcept {
    // order(ring.closed): acquire. Pairs with the publisher's close: every commit came before it.
    const std::uint32_t closed = tarn_load_acquire_u32(&view.header->closed);
    // Anything else is nonsense of a publisher that lives and may go on.
    return closed == ring::kRingClosed || closed == ring::kRingOwnerDied;
  }

  Registry& registry_;
  Books& books_;
  const std::vector<Extent>& members_;
  const platform::FileDescriptor& alive_;
};

// Whether every ring finds its bytes free; if so they are taken.
bool take_rings(const directory::DirectoryWriter& records, const pool::PoolView& view,
                Areas& areas) {
  for (std::uint32_t i = 0; i < view.geometry().rings.count; ++i) {
    if (!is_in_use(records.state<RingRecordLayout>(i))) continue;
    const auto& ring = records.at<RingRecordLayout>(i);
    if (!directory::holds(ring, view.geometry())) return false;
    const auto topic = directory::text_in(records.at<TopicRecordLayout>(ring.topic).name);
    if (!areas.take_exact(topic, ring.area_offset, ring.area_bytes)) return false;
  }
  return true;
}

}  // namespace

bool has_live_client(const pool::PoolView& view, const platform::FileDescriptor& alive) {
  const directory::DirectoryWriter records(view);
  for (std::uint32_t i = 0; i < records.count<ClientRecordLayout>(); ++i) {
    const RecordState state = records.state<ClientRecordLayout>(i);
    if (!is_in_use(state) || state == RecordState::Reaping) continue;
    if (check_liveness(records.at<ClientRecordLayout>(i), i, alive).alive) return true;
  }
  return false;
}

Result<Areas> adopt_areas(const pool::PoolView& view, const std::vector<Extent>& places,
                          Journal& journal) {
  const directory::DirectoryWriter records(view);
  auto planned = Areas::lay_out(places, view.geometry());
  if (planned && take_rings(records, view, *planned)) return std::move(*planned);
  Areas shared(view.geometry());
  if (!take_rings(records, view, shared)) return corrupt("rings", 0);
  journal.warn(
      "the places of topics do not agree with the rings in the pool that was taken over: they wait "
      "for a restart without clients, until then all rings share the pool");
  return shared;
}

Result<void> adopt(Registry& registry, const std::vector<Extent>& members,
                   const platform::FileDescriptor& alive) {
  return Adoption(registry, members, alive).run();
}

}  // namespace tarn::broker
