#include "middleware/directory/topic_detail.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "middleware/directory/directory_reader.hpp"
#include "middleware/directory/endpoint_status.hpp"
#include "middleware/directory/ring_facts.hpp"
#include "middleware/directory/topic_status.hpp"
#include "platform/clock.hpp"

namespace tarn::directory {

namespace {

std::string_view spelled(std::uint32_t overflow) noexcept {
  switch (static_cast<Overflow>(overflow)) {
    case Overflow::DropOldest:
      return "drop_oldest";
    case Overflow::DropNewest:
      return "drop_newest";
    case Overflow::Block:
      return "block";
    case Overflow::Reject:
      return "reject";
  }
  return "unknown";
}

bool stamped(const TopicRecordLayout& topic) noexcept {
  return topic.stamp == static_cast<std::uint32_t>(Stamp::Source);
}

TopicSettings settings_of(const TopicRecordLayout& topic) {
  return {.payload_bytes = topic.payload_bytes,
          .depth = topic.depth,
          .history = topic.history,
          .publishers = topic.publishers,
          .subscribers = topic.subscribers,
          .orphans = topic.orphans,
          .held = topic.held,
          .loans = topic.loans,
          .overflow = std::string(spelled(topic.overflow)),
          .stamped = stamped(topic),
          .timeout = std::chrono::nanoseconds(topic.timeout_ns),
          .evict_after = std::chrono::nanoseconds(topic.evict_after_ns),
          .former = (topic.flags & kTopicFormer) != 0};
}

std::vector<RingFacts> rings_of(const pool::PoolView& pool, std::uint32_t topic) {
  std::vector<RingFacts> rings;
  for (std::uint32_t index = 0; index < pool.geometry().rings.count; ++index) {
    const auto ring = read_ring(pool, index);
    if (ring && ring->topic == topic) rings.push_back(*ring);
  }
  return rings;
}

std::vector<SubscriptionStatus> subscriptions_of(const pool::PoolView& pool, std::uint32_t topic,
                                                 const std::vector<RingFacts>& rings) {
  std::vector<SubscriptionStatus> subscriptions;
  const DirectoryReader directory(pool);
  for (std::uint32_t index = 0; index < pool.geometry().subscribers.count; ++index) {
    const auto record = directory.read<SubscriberRecordLayout>(index);
    if (!record || record_state(record->state) != RecordState::Active) continue;
    if (record->topic != topic) continue;
    subscriptions.push_back(read_subscription(pool, *record));
    for (const RingFacts& ring : rings) {
      std::uint64_t& lag = subscriptions.back().lag;
      lag = std::max(lag, lag_behind(pool, ring, index));
    }
  }
  return subscriptions;
}

}  // namespace

std::optional<TopicType> read_topic_type(const pool::PoolView& pool, std::uint32_t index) {
  const DirectoryReader directory(pool);
  const auto topic = directory.read<TopicRecordLayout>(index);
  if (!topic) return std::nullopt;
  TopicType type{.name = std::string(text_in(topic->type_name)),
                 .hash = topic->type_hash,
                 .bytes = topic->type_bytes,
                 .alignment = topic->alignment,
                 .fields = std::string(directory.type_text(*topic))};
  // The text is not part of the record: it was the record's if the record is still the same.
  const auto again = directory.read<TopicRecordLayout>(index);
  if (!again || record_generation(again->state) != record_generation(topic->state)) {
    return std::nullopt;
  }
  return type;
}

std::optional<TopicDetail> read_topic_detail(const pool::PoolView& pool, std::string_view name) {
  const DirectoryReader directory(pool);
  const auto index = directory.find_topic(name);
  const auto topic = index ? directory.read<TopicRecordLayout>(*index) : std::nullopt;
  if (!topic || text_in(topic->name) != name) return std::nullopt;
  auto type = read_topic_type(pool, *index);
  if (!type) return std::nullopt;
  TopicDetail detail{.type = std::move(*type), .settings = settings_of(*topic)};
  detail.status = {.name = std::string(name), .type = detail.type.name};
  const LookAt look{.now_ns = platform::monotonic_nanoseconds(), .stamped = stamped(*topic)};
  const std::vector<RingFacts> rings = rings_of(pool, *index);
  for (const RingFacts& ring : rings) {
    auto publisher = read_publisher(pool, ring, look);
    if (!publisher) continue;
    add(detail.status, *publisher);
    detail.publishers.push_back(std::move(*publisher));
  }
  detail.subscriptions = subscriptions_of(pool, *index, rings);
  for (const SubscriptionStatus& subscription : detail.subscriptions) {
    add(detail.status, subscription);
  }
  return detail;
}

}  // namespace tarn::directory
