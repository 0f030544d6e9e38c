#include "middleware/directory/topic_status.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "middleware/directory/directory_reader.hpp"
#include "middleware/directory/endpoint_status.hpp"
#include "middleware/directory/ring_facts.hpp"
#include "platform/clock.hpp"

namespace tarn::directory {

namespace {

// A topic while its numbers are summed up.
struct Sum {
  TopicStatus status;
  bool stamped;
};

// Topics by their index in the table; empty where there is none.
using ByIndex = std::vector<std::optional<Sum>>;

ByIndex read_names(const pool::PoolView& pool) {
  const DirectoryReader directory(pool);
  ByIndex topics(pool.geometry().topics.count);
  for (std::uint32_t index = 0; index < topics.size(); ++index) {
    const auto record = directory.read<TopicRecordLayout>(index);
    if (!record || record_state(record->state) != RecordState::Active) continue;
    topics[index] = Sum{.status = {.name = std::string(text_in(record->name)),
                                   .type = std::string(text_in(record->type_name))},
                        .stamped = record->stamp == static_cast<std::uint32_t>(Stamp::Source)};
  }
  return topics;
}

void count_rings(const pool::PoolView& pool, ByIndex& topics) {
  const std::uint64_t now_ns = platform::monotonic_nanoseconds();
  for (std::uint32_t index = 0; index < pool.geometry().rings.count; ++index) {
    const auto ring = read_ring(pool, index);
    if (!ring || ring->topic >= topics.size() || !topics[ring->topic]) continue;
    Sum& topic = *topics[ring->topic];
    const auto publisher =
        read_publisher(pool, *ring, {.now_ns = now_ns, .stamped = topic.stamped});
    if (publisher) add(topic.status, *publisher);
  }
}

void count_subscribers(const pool::PoolView& pool, ByIndex& topics) {
  const DirectoryReader directory(pool);
  for (std::uint32_t index = 0; index < pool.geometry().subscribers.count; ++index) {
    const auto record = directory.read<SubscriberRecordLayout>(index);
    if (!record || record_state(record->state) != RecordState::Active) continue;
    if (record->topic >= topics.size() || !topics[record->topic]) continue;
    add(topics[record->topic]->status, read_subscription(pool, *record));
  }
}

}  // namespace

void add(TopicStatus& topic, const PublisherStatus& publisher) noexcept {
  topic.published += publisher.published;
  topic.publishers += publisher.gone ? 0 : 1;
  if (!publisher.traffic) return;
  topic.rate_hz = topic.rate_hz.value_or(0) + static_cast<double>(publisher.traffic->messages);
}

void add(TopicStatus& topic, const SubscriptionStatus& subscription) noexcept {
  topic.subscribers += 1;
  topic.lost += subscription.lost();
}

std::vector<TopicStatus> read_topic_status(const pool::PoolView& pool) {
  ByIndex topics = read_names(pool);
  count_rings(pool, topics);
  count_subscribers(pool, topics);
  std::vector<TopicStatus> sorted;
  for (auto& topic : topics) {
    if (topic) sorted.push_back(std::move(topic->status));
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const TopicStatus& one, const TopicStatus& other) { return one.name < other.name; });
  return sorted;
}

}  // namespace tarn::directory
