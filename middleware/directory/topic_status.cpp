#include "middleware/directory/topic_status.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "middleware/directory/directory_reader.hpp"
#include "middleware/directory/ring_facts.hpp"
#include "middleware/ring/atomics.h"
#include "middleware/ring/ring_layout.hpp"

namespace tarn::directory {

namespace {

// How many messages a ring has seen. Nothing when it was freed meanwhile: what was read then may
// belong to another.
std::optional<std::uint64_t> published_in(const pool::PoolView& pool, const RingFacts& ring) {
  const std::uint64_t newest = ring::newest_sequence(ring.view);
  const auto again = read_ring(pool, ring.index);
  if (!again || again->ring_generation != ring.ring_generation) return std::nullopt;
  return newest;
}

std::uint64_t lost_by(const pool::PoolView& pool, const SubscriberRecordLayout& subscriber) {
  // The record holds against the geometry, or it would not have been read; this place is in it.
  const auto* counters = pool.line<ring::SubscriptionCountersLayout>(subscriber.counters_line);
  if (counters == nullptr) return 0;
  // relaxed, all: each is a counter with one writer, and they need not be of one moment.
  return subscriber.publisher_gone + tarn_load_relaxed_u64(&counters->lost_overwritten) +
         tarn_load_relaxed_u64(&counters->lost_evicted) +
         tarn_load_relaxed_u64(&counters->lost_refused) +
         tarn_load_relaxed_u64(&counters->lost_publisher_gone) +
         tarn_load_relaxed_u64(&counters->corrupt);
}

// Topics by their index in the table; empty where there is none.
using ByIndex = std::vector<std::optional<TopicStatus>>;

ByIndex read_names(const pool::PoolView& pool) {
  const DirectoryReader directory(pool);
  ByIndex topics(pool.geometry().topics.count);
  for (std::uint32_t index = 0; index < topics.size(); ++index) {
    const auto record = directory.read<TopicRecordLayout>(index);
    if (!record || record_state(record->state) != RecordState::Active) continue;
    topics[index] = TopicStatus{.name = std::string(text_in(record->name)),
                                .type = std::string(text_in(record->type_name))};
  }
  return topics;
}

void count_rings(const pool::PoolView& pool, ByIndex& topics) {
  for (std::uint32_t index = 0; index < pool.geometry().rings.count; ++index) {
    const auto ring = read_ring(pool, index);
    if (!ring || ring->topic >= topics.size() || !topics[ring->topic]) continue;
    const auto published = published_in(pool, *ring);
    if (!published) continue;
    topics[ring->topic]->published += *published;
    topics[ring->topic]->publishers += ring->record_state() == RecordState::Active ? 1 : 0;
  }
}

void count_subscribers(const pool::PoolView& pool, ByIndex& topics) {
  const DirectoryReader directory(pool);
  for (std::uint32_t index = 0; index < pool.geometry().subscribers.count; ++index) {
    const auto record = directory.read<SubscriberRecordLayout>(index);
    if (!record || record_state(record->state) != RecordState::Active) continue;
    if (record->topic >= topics.size() || !topics[record->topic]) continue;
    topics[record->topic]->subscribers += 1;
    topics[record->topic]->lost += lost_by(pool, *record);
  }
}

}  // namespace

std::vector<TopicStatus> read_topic_status(const pool::PoolView& pool) {
  ByIndex topics = read_names(pool);
  count_rings(pool, topics);
  count_subscribers(pool, topics);
  std::vector<TopicStatus> sorted;
  for (auto& topic : topics) {
    if (topic) sorted.push_back(std::move(*topic));
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const TopicStatus& one, const TopicStatus& other) { return one.name < other.name; });
  return sorted;
}

}  // namespace tarn::directory
