#include "middleware/directory/endpoint_status.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "middleware/directory/directory_reader.hpp"
#include "middleware/ring/protocol.h"
#include "middleware/ring/traffic_meter.hpp"

namespace tarn::directory {

namespace {

struct Owner {
  std::string node;
  std::int32_t pid = 0;
};

Owner owner_of(const pool::PoolView& pool, std::uint32_t client) {
  const auto record = DirectoryReader(pool).read<ClientRecordLayout>(client);
  if (!record) return {};
  return {.node = std::string(text_in(record->name)), .pid = record->pid};
}

std::chrono::nanoseconds nanoseconds(double count) {
  return std::chrono::nanoseconds(std::llround(count));
}

std::chrono::nanoseconds nanoseconds(std::uint64_t count) {
  return std::chrono::nanoseconds(
      static_cast<std::int64_t>(std::min<std::uint64_t>(count, INT64_MAX)));
}

TrafficStatus status_of(const ring::TrafficBucketLayout& bucket) {
  TrafficStatus status{.messages = bucket.messages, .bytes = bucket.bytes};
  if (bucket.intervals == 0) return status;
  const auto count = static_cast<double>(bucket.intervals);
  status.interval_mean = nanoseconds(static_cast<double>(bucket.interval_sum_ns) / count);
  status.interval_minimum = nanoseconds(bucket.interval_minimum_ns);
  status.interval_maximum = nanoseconds(bucket.interval_maximum_ns);
  // Only the first interval of a second can be longer than the second, so what the squares leave out
  // of it is known.
  const std::uint64_t left_out =
      bucket.interval_maximum_ns - std::min(bucket.interval_maximum_ns, ring::kLongestSquaredNs);
  const double mean =
      (static_cast<double>(bucket.interval_sum_ns) - static_cast<double>(left_out)) / count;
  const double mean_square = static_cast<double>(bucket.interval_square_sum_ns2) / count;
  status.jitter = nanoseconds(std::sqrt(std::max(0.0, mean_square - mean * mean)));
  return status;
}

std::optional<std::chrono::nanoseconds> newest_age(const ring::RingView& ring, std::uint64_t newest,
                                                   std::uint64_t now_ns) {
  if (newest == 0) return std::nullopt;
  // relaxed: a number for people; a message that comes meanwhile makes it younger.
  const std::uint64_t stamp_ns =
      tarn_load_relaxed_u64(&ring.slot(ring.slot_index(newest))->stamp_ns);
  if (stamp_ns == 0) return std::nullopt;
  return nanoseconds(now_ns - std::min(now_ns, stamp_ns));
}

std::uint32_t held_now(const pool::PoolView& pool, const SubscriberRecordLayout& record) noexcept {
  std::uint32_t held = 0;
  for (const std::uint32_t& pin : pin_words(pool, record.pins_line, record.held)) {
    // relaxed: counted, not followed.
    held += tarn_load_relaxed_u32(&pin) != 0 ? 1 : 0;
  }
  return held;
}

void read_counters(const ring::SubscriptionCountersLayout& counters, SubscriptionStatus& to) {
  // relaxed, all: each is a counter with one writer, and they need not be of one moment.
  to.received = tarn_load_relaxed_u64(&counters.received);
  to.lost_overwritten = tarn_load_relaxed_u64(&counters.lost_overwritten);
  to.lost_evicted = tarn_load_relaxed_u64(&counters.lost_evicted);
  to.lost_refused = tarn_load_relaxed_u64(&counters.lost_refused);
  to.lost_publisher_gone += tarn_load_relaxed_u64(&counters.lost_publisher_gone);
  to.lost_corrupt = tarn_load_relaxed_u64(&counters.corrupt);
  to.lost_upstream = tarn_load_relaxed_u64(&counters.lost_upstream);
  to.skipped = tarn_load_relaxed_u64(&counters.skipped);
  to.history_missed = tarn_load_relaxed_u64(&counters.history_missed);
  to.high_water = tarn_load_relaxed_u64(&counters.high_water);
}

}  // namespace

std::optional<PublisherStatus> read_publisher(const pool::PoolView& pool, const RingFacts& ring,
                                              const LookAt& look) {
  const auto record = DirectoryReader(pool).read<RingRecordLayout>(ring.index);
  if (!record) return std::nullopt;
  const ring::RingCountersLayout& counters = ring.view.header->counters;
  const std::uint64_t newest = ring::newest_sequence(ring.view);
  Owner owner = owner_of(pool, ring.client);
  PublisherStatus status{
      .identity = {.origin_node = ring.origin_node,
                   .ring = ring.index,
                   .generation = ring.ring_generation},
      .node = std::move(owner.node),
      .name = std::string(text_in(record->publisher_name)),
      .pid = owner.pid,
      .gone = ring.record_state() != RecordState::Active,
      .depth = ring.view.depth,
      .published = newest,
      // relaxed, all: each is a counter with one writer, and they need not be of one moment.
      .bytes = tarn_load_relaxed_u64(&counters.bytes),
      .loan_failures = tarn_load_relaxed_u64(&counters.loan_failures),
      .woken = tarn_load_relaxed_u64(&counters.woken),
      .rejected = tarn_load_relaxed_u64(&counters.rejected),
      .refused = tarn_load_relaxed_u64(&counters.refused),
      .blocked = nanoseconds(tarn_load_relaxed_u64(&counters.blocked_ns)),
      .newest_age = newest_age(ring.view, newest, look.now_ns)};
  if (look.stamped) {
    const std::uint64_t second = look.now_ns / ring::kSecondNs;
    const auto bucket = ring::read_traffic(counters, second - std::min<std::uint64_t>(second, 1));
    status.traffic = bucket ? status_of(*bucket) : TrafficStatus{};
  }
  if (!still_there(pool, ring)) return std::nullopt;
  return status;
}

SubscriptionStatus read_subscription(const pool::PoolView& pool,
                                     const SubscriberRecordLayout& record) {
  Owner owner = owner_of(pool, record.client);
  SubscriptionStatus status{.node = std::move(owner.node),
                            .pid = owner.pid,
                            .depth = record.depth,
                            .history = record.history,
                            .held = held_now(pool, record),
                            .held_limit = record.held,
                            .lost_publisher_gone = record.publisher_gone};
  // The record holds against the geometry, or it would not have been read; this place is in it.
  const auto* counters = pool.line<ring::SubscriptionCountersLayout>(record.counters_line);
  if (counters != nullptr) read_counters(*counters, status);
  return status;
}

std::uint64_t lag_behind(const pool::PoolView& pool, const RingFacts& ring,
                         std::uint32_t subscriber) noexcept {
  const auto member = find_member(pool, ring, subscriber);
  const auto* join = member ? pool.line<ring::JoinLayout>(member->join_line) : nullptr;
  if (join == nullptr) return 0;
  // The cursor first: what is published after it only makes the lag larger.
  const std::uint64_t cursor = tarn_cursor_read(&join->cursor);
  // relaxed: a line that was another's is told by its name; one wrong look shows a wrong number once.
  const std::uint64_t name = tarn_load_relaxed_u64(&join->ring_name);
  const std::uint64_t next = ring::newest_sequence(ring.view) + 1;
  if (name != ring::ring_name(ring.index, ring.ring_generation) || cursor == ring::kJoining) {
    // It has not looked at the ring yet: one that is younger than itself waits for it as a whole.
    const auto* record =
        pool.record<SubscriberRecordLayout>(pool.geometry().subscribers, subscriber);
    const bool owed = record != nullptr && record->first_ring_generation < ring.ring_generation;
    return owed ? std::min<std::uint64_t>(next - 1, ring.view.depth) : 0;
  }
  if (cursor >= ring::kNeverRead) return 0;  // left
  return next - std::min(next, cursor);
}

}  // namespace tarn::directory
