#include "middleware/broker/publishers.hpp"

#include <cinttypes>
#include <cstring>
#include <string>

#include "middleware/broker/admission.hpp"
#include "middleware/directory/peer_totals.hpp"
#include "middleware/pool/pool_layout.hpp"
#include "middleware/ring/protocol.h"
#include "middleware/ring/ring_layout.hpp"
#include "middleware/ring/ring_view.hpp"
#include "middleware/vocabulary/printable.hpp"

namespace tarn::broker {

using vocabulary::Printable;

namespace {

bool drops_newest(const TopicRecordLayout& topic) noexcept {
  return topic.overflow == static_cast<std::uint32_t>(directory::Overflow::DropNewest);
}

}  // namespace

Result<wire::PublisherCreated> Publishers::create(const Asker& asker,
                                                  const wire::CreatePublisher& request) {
  if (request.type.name.empty()) {
    return Failure(Error::make(Errc::InvalidArgument, 0,
                               "a publisher on '%s' without a type: say which type it publishes",
                               Printable(request.topic).c_str()));
  }
  const auto topic = topics_.open(request.topic, request.type);
  if (!topic) return Failure(topic.error());
  const Topics::Keeper keeper(topics_, *topic);
  return create_on(*topic, asker, request);
}

Error Publishers::too_many_chunks(std::uint32_t topic, std::uint32_t depth) const {
  const std::string name(topics_.name(topic));
  return Error::make(Errc::PoolFull, 0,
                     "topic '%s' drops the newest messages: %" PRIu32
                     " of them for each of %" PRIu32 " subscribers are more than the %" PRIu32
                     " that there can be; lower %s or %s",
                     name.c_str(), depth, books_.directory.at<TopicRecordLayout>(topic).subscribers,
                     plan::kMaxChunks, topics_.key(topic, "depth").c_str(),
                     topics_.key(topic, "subscribers").c_str());
}

Result<RingRecordLayout> Publishers::fields_for(std::uint32_t topic, const Asker& asker,
                                                const wire::CreatePublisher& request) const {
  const auto& settings = books_.directory.at<TopicRecordLayout>(topic);
  const auto depth = topics_.grant(topic, {"depth", request.depth, settings.depth});
  if (!depth) return Failure(depth.error());
  const auto loans = topics_.grant(topic, {"loans", request.loans, settings.loans});
  if (!loans) return Failure(loans.error());
  const auto payload_bytes = topics_.grant_payload(topic, request.payload_bytes);
  if (!payload_bytes) return Failure(payload_bytes.error());
  const bool sized = (settings.flags & directory::kTopicSized) != 0;
  const plan::RingShape shape = plan::shape_ring({.payload_bytes = *payload_bytes,
                                                  .topic_bytes = sized ? settings.payload_bytes : 0,
                                                  .alignment = settings.alignment,
                                                  .depth = *depth,
                                                  .loans = *loans,
                                                  .subscribers = settings.subscribers,
                                                  .held = settings.held,
                                                  .private_rings = drops_newest(settings)},
                                                 books_.geometry().page_bytes);
  if (shape.chunk_count > plan::kMaxChunks) return Failure(too_many_chunks(topic, *depth));
  RingRecordLayout fields{};
  fields.topic = topic;
  fields.client = asker.client;
  fields.request = asker.request;
  fields.area_bytes = shape.area_bytes;
  fields.depth = *depth;
  fields.slot_bytes = shape.slot_bytes;
  fields.chunk_count = shape.chunk_count;
  fields.chunk_bytes = shape.chunk_bytes;
  fields.payload_bytes = *payload_bytes;
  fields.slots_offset = shape.slots_offset;
  fields.private_rings_offset = shape.private_rings_offset;
  fields.chunks_offset = shape.chunks_offset;
  fields.loans = *loans;
  fields.members_capacity = settings.subscribers;
  fields.origin_node = request.origin_node;
  directory::put_text(fields.publisher_name, request.publisher);
  return fields;
}

std::uint32_t Publishers::count_active() const noexcept {
  std::uint32_t active = 0;
  for (std::uint32_t ring = 0; ring < books_.geometry().rings.count; ++ring) {
    if (books_.directory.state<RingRecordLayout>(ring) == RecordState::Active) ++active;
  }
  return active;
}

Result<void> Publishers::check_limits(std::uint32_t topic) const {
  const auto& settings = books_.directory.at<TopicRecordLayout>(topic);
  const std::string name(topics_.name(topic));
  if (settings.publisher_count >= settings.publishers) {
    const bool listed = (settings.flags & directory::kTopicListed) != 0;
    return Failure(Error::make(Errc::TooManyPublishers, 0,
                               "topic '%s' has %" PRIu32 " of %" PRIu32
                               " publishers: close one, or %s %s",
                               name.c_str(), settings.publisher_count, settings.publishers,
                               listed ? "raise" : "set", topics_.key(topic, "publishers").c_str()));
  }
  const std::uint32_t limit = pool::publisher_limit(books_.geometry());
  if (count_active() < limit && shares_.may_publish(topic)) return {};
  return Failure(Error::make(
      Errc::TooManyPublishers, 0,
      "a publisher on '%s' would be one more than the %" PRIu32 " of limits.publishers, %" PRIu32
      " more are kept for listed topics: close one or raise it",
      name.c_str(), shares_.rest().publishers, limit - shares_.rest().publishers));
}

std::optional<std::uint32_t> Publishers::free_record(std::uint32_t topic) const noexcept {
  if (!shares_.may_have_ring(topic)) return std::nullopt;
  return books_.directory.find_free<RingRecordLayout>();
}

Result<std::uint32_t> Publishers::find_record(std::uint32_t topic) {
  if (auto allowed = check_limits(topic); !allowed) return Failure(allowed.error());
  orphans_.keep_within_limit(topic);
  auto index = free_record(topic);
  if (!index && (orphans_.reclaim() || orphans_.force_oldest(topic))) index = free_record(topic);
  if (index) return *index;
  return Failure(Error::make(Errc::TooManyPublishers, 0,
                             "all %" PRIu32
                             " rings of the domain are in use, by publishers or by orphans that "
                             "are still read, or kept for listed topics: raise limits.publishers "
                             "(now %" PRIu32 ")",
                             books_.geometry().rings.count,
                             pool::publisher_limit(books_.geometry())));
}

// Room is first what is free, then what orphans leave behind whose readers have gone, then what this
// topic's own orphans must give up.
Result<void> Publishers::grant_area(RingRecordLayout& fields) {
  const std::string name(topics_.name(fields.topic));
  if (fields.area_bytes > areas_.capacity_bytes()) {
    // Nobody shall make way for what cannot come.
    return Failure(
        no_room(books_, areas_, topics_, {.topic = fields.topic, .bytes = fields.area_bytes}));
  }
  auto offset = areas_.allocate(name, fields.area_bytes);
  if (!offset && orphans_.reclaim()) offset = areas_.allocate(name, fields.area_bytes);
  while (!offset && orphans_.force_oldest(fields.topic)) {
    offset = areas_.allocate(name, fields.area_bytes);
  }
  if (!offset) {
    return Failure(
        no_room(books_, areas_, topics_, {.topic = fields.topic, .bytes = fields.area_bytes}));
  }
  fields.area_offset = *offset;
  fields.gid_base = static_cast<std::uint32_t>(*offset / ring::kLineBytes);
  return {};
}

Result<void> Publishers::grant_members(RingRecordLayout& fields) {
  const auto first = books_.members.allocate(topics_.name(fields.topic), fields.members_capacity);
  if (first) {
    fields.members_first = *first;
    return {};
  }
  areas_.free(fields.area_offset, fields.area_bytes);
  return Failure(
      Error::make(Errc::TooManyMemberships, 0,
                  "a publisher on '%s' needs room for %" PRIu32 " subscribers, %" PRIu32
                  " of the %" PRIu32 " of limits.memberships are free: raise it, or lower %s",
                  std::string(topics_.name(fields.topic)).c_str(), fields.members_capacity,
                  books_.members.free_rest(), books_.members.capacity(),
                  topics_.key(fields.topic, "subscribers").c_str()));
}

Result<wire::PublisherCreated> Publishers::create_on(std::uint32_t topic, const Asker& asker,
                                                     const wire::CreatePublisher& request) {
  auto fields = fields_for(topic, asker, request);
  if (!fields) return Failure(fields.error());
  const auto ring = find_record(topic);
  if (!ring) return Failure(ring.error());
  if (auto granted = grant_area(*fields); !granted) return Failure(granted.error());
  if (auto granted = grant_members(*fields); !granted) return Failure(granted.error());
  // Their subscriptions are older than the ring, so its first message is theirs.
  patterns_.enter_all(topic);
  write_record(*ring, *fields);
  write_area(*ring);
  if (!enter_subscribers(*ring)) {
    orphans_.release(*ring);
    return Failure(Error::make(Errc::TooManyMemberships, 0,
                               "a publisher on '%s' cannot be joined by all its subscribers: the "
                               "%" PRIu32 " subscriber blocks of the pool are full; raise "
                               "limits.memberships (now %" PRIu32 ")",
                               std::string(request.topic).c_str(), books_.geometry().blocks.count,
                               books_.geometry().members.count));
  }
  books_.directory.set_state<RingRecordLayout>(*ring, RecordState::Active);
  directory::count_came(books_.directory.at<TopicRecordLayout>(topic).publisher_totals);
  topics_.payload_granted(topic, fields->payload_bytes);
  topics_.rings_changed(topic);
  patterns_.look_again();
  orphans_.publish_usage();
  return wire::PublisherCreated{
      .ring = *ring,
      .ring_generation = books_.directory.at<RingRecordLayout>(*ring).ring_generation,
      .topic = topic};
}

void Publishers::write_record(std::uint32_t ring, RingRecordLayout& fields) noexcept {
  auto& header = books_.header();
  directory::set_count(header.ring_generation, header.ring_generation + 1);
  fields.ring_generation = header.ring_generation;
  // Who remembers the version of a former ring in this place must see a change.
  fields.members_version = books_.directory.at<RingRecordLayout>(ring).members_version + 1;
  books_.directory.reserve(ring, fields);
}

void Publishers::write_area(std::uint32_t ring) noexcept {
  const auto& record = books_.directory.at<RingRecordLayout>(ring);
  const auto view = directory::view_of(record, books_.view());
  std::memset(view.header, 0, sizeof *view.header);
  view.header->magic = ring::kRingMagic;
  view.header->layout_version = pool::kLayoutVersion;
  view.header->ring_index = ring;
  view.header->ring_generation = record.ring_generation;
  std::memset(view.slots, 0, std::size_t{record.depth} * record.slot_bytes);
  for (std::uint32_t i = 0; i < record.depth; ++i) {
    view.slot(i)->ctl = tarn_ctl(0, TARN_CHUNK_NONE);
  }
  for (std::uint32_t place = 0; place < record.members_capacity; ++place) {
    if (const auto own = directory::private_ring_of(record, place, books_.view())) {
      ring::clear(*own);
    }
  }
  const auto& summaries = books_.geometry().summaries;
  auto* const summary = books_.view().record<ring::SummaryLayout>(summaries, ring);
  for (std::uint64_t& word : summary->bits) tarn_summary_clear(&word, ~std::uint64_t{0});
}

bool Publishers::enter_subscribers(std::uint32_t ring) {
  const std::uint32_t topic = books_.directory.at<RingRecordLayout>(ring).topic;
  for (std::uint32_t i = 0; i < books_.geometry().subscribers.count; ++i) {
    if (books_.directory.state<SubscriberRecordLayout>(i) != RecordState::Active) continue;
    if (books_.directory.at<SubscriberRecordLayout>(i).topic != topic) continue;
    if (!memberships_.enter(ring, i)) return false;
  }
  memberships_.members_changed(ring);
  return true;
}

Result<void> Publishers::close(std::uint32_t client, const wire::ClosePublisher& request) {
  const bool theirs =
      request.ring < books_.geometry().rings.count &&
      books_.directory.state<RingRecordLayout>(request.ring) == RecordState::Active &&
      books_.directory.at<RingRecordLayout>(request.ring).ring_generation ==
          request.ring_generation &&
      books_.directory.at<RingRecordLayout>(request.ring).client == client;
  if (!theirs) {
    return Failure(Error::make(Errc::InvalidArgument, 0,
                               "there is no ring %" PRIu32 " of generation %" PRIu32
                               " of this client to close",
                               request.ring, request.ring_generation));
  }
  orphans_.orphan(request.ring);
  return {};
}

template <typename Which>
void Publishers::close_if(std::uint32_t client, Which which) {
  for (std::uint32_t ring = 0; ring < books_.geometry().rings.count; ++ring) {
    if (books_.directory.state<RingRecordLayout>(ring) != RecordState::Active) continue;
    const auto& record = books_.directory.at<RingRecordLayout>(ring);
    if (record.client == client && which(record)) orphans_.orphan(ring);
  }
}

void Publishers::close_all(std::uint32_t client) {
  close_if(client, [](const RingRecordLayout&) { return true; });
}

void Publishers::close_unanswered(std::uint32_t client, std::uint32_t answered) {
  close_if(client, [answered](const RingRecordLayout& record) {
    return is_later(record.request, answered);
  });
}

}  // namespace tarn::broker
