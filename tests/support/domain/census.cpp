#include "tests/support/domain/census.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "middleware/directory/directory_reader.hpp"
#include "middleware/directory/peer_totals.hpp"
#include "middleware/directory/record_checks.hpp"
#include "middleware/ring/protocol.h"
#include "middleware/ring/ring_layout.hpp"

namespace tarn::test {

namespace {

using directory::ClientRecordLayout;
using directory::PatternRecordLayout;
using directory::record_state;
using directory::RecordState;
using directory::RingRecordLayout;
using directory::SubscriberRecordLayout;
using directory::TopicRecordLayout;
using directory::WaiterRecordLayout;

std::string label(const char* what, std::uint32_t index) {
  return std::string(what) + " " + std::to_string(index);
}

class CensusTaker {
 public:
  explicit CensusTaker(const pool::PoolView& pool) : pool_(pool), reader_(pool) {}

  Census take() {
    census_.pool_id = pool_.header().pool_id;
    // relaxed, here and below: counts only, and who asks looks until they stand still.
    census_.reaped_clients = tarn_load_relaxed_u64(&pool_.header().reaped_clients);
    read_records();
    count_clients();
    count_blocks();
    count_rings();
    count_subscribers();
    count_waiters();
    check_members();
    check_pins();
    check_topics();
    return std::move(census_);
  }

 private:
  template <typename Record>
  using Records = std::map<std::uint32_t, Record>;

  void complain(std::string sentence) { census_.disagreements.push_back(std::move(sentence)); }

  template <typename Record>
  void read_table(const char* what, const pool::TablePlace& table, Records<Record>& records) {
    for (std::uint32_t i = 0; i < table.count; ++i) {
      const auto state =
          record_state(tarn_load_relaxed_u64(&pool_.record<Record>(table, i)->state));
      if (state == RecordState::Free) continue;
      if (state == RecordState::Reserved || state == RecordState::Reaping) {
        complain(label(what, i) + " is left half made or half cleared");
      }
      if (const auto record = reader_.read<Record>(i)) {
        records.emplace(i, *record);
      } else if (state != RecordState::Reserved) {
        complain(label(what, i) + " does not hold");
      }
    }
  }

  void read_records() {
    const pool::PoolGeometry& at = pool_.geometry();
    read_table("client", at.clients, clients_);
    read_table("topic", at.topics, topics_);
    read_table("ring", at.rings, rings_);
    read_table("subscriber", at.subscribers, subscribers_);
    read_table("waiter", at.waiters, waiters_);
    read_table("pattern", at.patterns, patterns_);
  }

  // Where a client's things are counted; nobody's, with a complaint, where there is no such client.
  Holdings& holdings_of(std::uint32_t client, const std::string& what) {
    const auto found = clients_.find(client);
    if (found == clients_.end()) {
      complain(what + " belongs to " + label("client", client) + ", which is not there");
      return nobodys_;
    }
    return census_.clients[{client, directory::record_generation(found->second.state)}];
  }

  void count_clients() {
    for (const auto& [index, record] : clients_) {
      Holdings& held = holdings_of(index, "client");
      held.name = directory::text_in(record.name);
      held.pid = record.pid;
      held.start_time = record.start_time;
    }
  }

  void count_blocks() {
    const pool::TablePlace& table = pool_.geometry().block_owners;
    for (std::uint32_t block = 0; block < table.count; ++block) {
      const std::uint32_t owner = tarn_load_relaxed_u32(pool_.record<std::uint32_t>(table, block));
      block_owners_.push_back(owner);
      if (owner != 0) ++holdings_of(owner - 1, label("block", block)).blocks;
    }
    for (const auto& [index, record] : clients_) {
      if (holdings_of(index, "client").blocks != record.blocks) {
        complain(label("client", index) + " has another number of blocks than it says");
      }
    }
  }

  // Notes lines as used, by a client that has their block.
  void use_lines(std::uint32_t first, std::uint32_t count, std::uint32_t client,
                 const std::string& what) {
    for (std::uint32_t line = first; line < first + count; ++line) {
      if (line >= pool_.geometry().line_count() ||
          block_owners_[line / pool_.geometry().block.lines] != client + 1) {
        complain(what + " lies in a block that is not its client's");
      }
      if (!used_lines_.insert(line).second) complain(what + " has a line that is another's too");
    }
  }

  void count_rings() {
    std::uint64_t used = 0;
    std::uint64_t orphaned = 0;
    std::map<std::uint64_t, std::uint64_t> areas;
    for (const auto& [index, ring] : rings_) {
      const std::string what = label("ring", index);
      used += ring.area_bytes;
      areas.emplace(ring.area_offset, ring.area_bytes);
      if (!topics_.contains(ring.topic)) complain(what + " is of a topic that is not there");
      if (record_state(ring.state) == RecordState::Active) {
        Holdings& held = holdings_of(ring.client, what);
        ++held.rings;
        held.area_bytes += ring.area_bytes;
      } else {
        ++census_.orphans;
        orphaned += ring.area_bytes;
      }
    }
    if (areas.size() != rings_.size()) complain("two rings have the same area");
    std::uint64_t end = 0;
    for (const auto& [offset, bytes] : areas) {
      if (offset < end) complain("two rings have areas that overlap");
      end = offset + bytes;
    }
    const auto& header = pool_.header();
    check_bytes("areas", tarn_load_relaxed_u64(&header.area_bytes_used), used);
    check_bytes("orphans' areas", tarn_load_relaxed_u64(&header.orphan_bytes), orphaned);
  }

  void check_bytes(const char* what, std::uint64_t told, std::uint64_t counted) {
    if (told == counted) return;
    complain(std::to_string(told) + " bytes of " + what + " are in use, and rings have " +
             std::to_string(counted));
  }

  void count_subscribers() {
    for (const auto& [index, subscriber] : subscribers_) {
      const std::string what = label("subscriber", index);
      ++holdings_of(subscriber.client, what).subscribers;
      if (!topics_.contains(subscriber.topic)) complain(what + " is of a topic that is not there");
      if (!waiters_.contains(subscriber.waiter)) complain(what + " has no waiter");
      use_lines(subscriber.counters_line, 2, subscriber.client, what);
      use_lines(subscriber.pins_line, directory::pin_lines_for(subscriber.held), subscriber.client,
                what);
    }
    for (const auto& [index, pattern] : patterns_) {
      ++holdings_of(pattern.client, label("pattern", index)).patterns;
    }
  }

  void count_waiters() {
    for (const auto& [index, waiter] : waiters_) {
      const std::string what = label("waiter", index);
      ++holdings_of(waiter.client, what).waiters;
      use_lines(waiter.line, 1, waiter.client, what);
    }
  }

  [[nodiscard]] const directory::MemberEntryLayout& entry(std::uint32_t place) const {
    return *pool_.record<directory::MemberEntryLayout>(pool_.geometry().members, place);
  }

  void check_members() {
    std::set<std::uint32_t> places;
    for (const auto& [index, ring] : rings_) check_members_of(index, ring, places);
    for (std::uint32_t place = 0; place < pool_.geometry().members.count; ++place) {
      if (!directory::member_active(tarn_load_relaxed_u64(&entry(place).member))) continue;
      if (!places.contains(place)) complain(label("member", place) + " is of no ring");
    }
  }

  void check_members_of(std::uint32_t index, const RingRecordLayout& ring,
                        std::set<std::uint32_t>& places) {
    const std::string what = label("ring", index);
    std::set<std::uint32_t> readers;
    for (std::uint32_t i = 0; i < ring.members_capacity; ++i) {
      const std::uint32_t place = ring.members_first + i;
      if (!places.insert(place).second) complain(what + " shares members with another");
      const std::uint64_t word = tarn_load_relaxed_u64(&entry(place).member);
      if (!directory::member_active(word)) continue;
      const auto reader = subscribers_.find(directory::member_subscriber(word));
      if (reader == subscribers_.end()) {
        complain(what + " has a member that is not there");
        continue;
      }
      if (!readers.insert(reader->first).second) complain(what + " has a member twice");
      if (reader->second.topic != ring.topic) complain(what + " has another topic's member");
      use_lines(tarn_load_relaxed_u32(&entry(place).join_line), 1, reader->second.client,
                label("member", place));
    }
    if (record_state(ring.state) == RecordState::Active) check_readers_of(index, ring, readers);
  }

  void check_readers_of(std::uint32_t index, const RingRecordLayout& ring,
                        const std::set<std::uint32_t>& readers) {
    const std::string what = label("ring", index);
    const auto present =
        std::count_if(readers.begin(), readers.end(), [this](std::uint32_t reader) {
          return record_state(subscribers_.at(reader).state) == RecordState::Active;
        });
    if (directory::read_totals(ring.subscriber_totals).present() != present) {
      complain(what + " says that other subscribers came and went than did");
    }
    for (const auto& [number, subscriber] : subscribers_) {
      if (record_state(subscriber.state) != RecordState::Active) continue;
      if (subscriber.topic == ring.topic && !readers.contains(number)) {
        complain(what + " is without " + label("subscriber", number));
      }
    }
  }

  // Whether a pin names a chunk of a ring that is there.
  [[nodiscard]] bool names_a_chunk(std::uint32_t pin) const {
    return std::any_of(rings_.begin(), rings_.end(), [pin](const auto& entry) {
      return pin - 1 - entry.second.gid_base < entry.second.chunk_count;
    });
  }

  void check_pins() {
    std::set<std::uint32_t> subscribed;
    for (const auto& [index, subscriber] : subscribers_) {
      const std::uint32_t lines = directory::pin_lines_for(subscriber.held);
      for (std::uint32_t i = 0; i < lines; ++i) subscribed.insert(subscriber.pins_line + i);
    }
    const pool::BlockFormat& format = pool_.geometry().block;
    const std::uint32_t first = format.waiters + 2 * format.subscriptions;
    for (std::uint32_t line = 0; line < pool_.geometry().line_count(); ++line) {
      const std::uint32_t in_block = line % format.lines;
      if (in_block < first || in_block >= first + format.pin_lines) continue;
      for (std::uint32_t& word : pool_.line<ring::PinLineLayout>(line)->pin) {
        const std::uint32_t pin = tarn_load_relaxed_u32(&word);
        if (pin == 0) continue;
        if (!subscribed.contains(line)) complain("a chunk is pinned by nobody");
        if (!names_a_chunk(pin)) complain("a pin is on what is no chunk");
      }
    }
  }

  void check_topics() {
    for (const auto& [index, topic] : topics_) {
      std::uint32_t publishers = 0;
      std::uint32_t orphans = 0;
      for (const auto& [number, ring] : rings_) {
        if (ring.topic != index) continue;
        ++(record_state(ring.state) == RecordState::Active ? publishers : orphans);
      }
      const auto readers =
          std::count_if(subscribers_.begin(), subscribers_.end(),
                        [&](const auto& entry) { return entry.second.topic == index; });
      if (topic.publisher_count != publishers || topic.orphan_count != orphans ||
          topic.subscriber_count != static_cast<std::uint32_t>(readers)) {
        complain(label("topic", index) + " says another number of ends than there are");
      }
      if (directory::read_totals(topic.publisher_totals).present() != publishers) {
        complain(label("topic", index) + " says that other publishers came and went than did");
      }
      if (publishers + orphans + topic.subscriber_count == 0) {
        complain(label("topic", index) + " is nobody's");
      }
    }
  }

  const pool::PoolView& pool_;
  directory::DirectoryReader reader_;
  Census census_;
  Holdings nobodys_;
  Records<ClientRecordLayout> clients_;
  Records<TopicRecordLayout> topics_;
  Records<RingRecordLayout> rings_;
  Records<SubscriberRecordLayout> subscribers_;
  Records<WaiterRecordLayout> waiters_;
  Records<PatternRecordLayout> patterns_;
  std::vector<std::uint32_t> block_owners_;  // client + 1; 0: nobody's
  std::set<std::uint32_t> used_lines_;
};

}  // namespace

Census take_census(const pool::PoolView& pool) { return CensusTaker(pool).take(); }

}  // namespace tarn::test
