#include "middleware/ring/traffic_meter.hpp"

#include <algorithm>

#include "middleware/ring/atomics.h"

namespace tarn::ring {

namespace {

// A bucket turns over once a second, so a reader that meets it twice has been stopped for as long.
constexpr int kMaxLooks = 4;

TrafficBucketLayout copy(const TrafficBucketLayout& bucket) noexcept {
  // relaxed, all: the caller validates with the sequence word.
  return {.second = tarn_load_relaxed_u64(&bucket.second),
          .messages = tarn_load_relaxed_u64(&bucket.messages),
          .bytes = tarn_load_relaxed_u64(&bucket.bytes),
          .intervals = tarn_load_relaxed_u64(&bucket.intervals),
          .interval_sum_ns = tarn_load_relaxed_u64(&bucket.interval_sum_ns),
          .interval_square_sum_ns2 = tarn_load_relaxed_u64(&bucket.interval_square_sum_ns2),
          .interval_minimum_ns = tarn_load_relaxed_u64(&bucket.interval_minimum_ns),
          .interval_maximum_ns = tarn_load_relaxed_u64(&bucket.interval_maximum_ns)};
}

}  // namespace

void TrafficMeter::count(std::uint64_t stamp_ns, std::uint32_t length_bytes) noexcept {
  if (stamp_ns >= second_end_ns_) turn_over(stamp_ns);
  ++now_.messages;
  now_.bytes += length_bytes;
  if (last_stamp_ns_ != 0) add_interval(stamp_ns - last_stamp_ns_);
  last_stamp_ns_ = stamp_ns;
  store(counters_->buckets[now_.second % 2]);
}

void TrafficMeter::add_interval(std::uint64_t interval_ns) noexcept {
  const std::uint64_t squared = std::min(interval_ns, kLongestSquaredNs);
  ++now_.intervals;
  now_.interval_sum_ns += interval_ns;
  now_.interval_square_sum_ns2 += squared * squared;
  now_.interval_minimum_ns = std::min(now_.interval_minimum_ns, interval_ns);
  now_.interval_maximum_ns = std::max(now_.interval_maximum_ns, interval_ns);
}

void TrafficMeter::store(TrafficBucketLayout& bucket) const noexcept {
  // relaxed, all: counters with one writer; a turn-over is ordered by the sequence word.
  tarn_store_relaxed_u64(&bucket.messages, now_.messages);
  tarn_store_relaxed_u64(&bucket.bytes, now_.bytes);
  tarn_store_relaxed_u64(&bucket.intervals, now_.intervals);
  tarn_store_relaxed_u64(&bucket.interval_sum_ns, now_.interval_sum_ns);
  tarn_store_relaxed_u64(&bucket.interval_square_sum_ns2, now_.interval_square_sum_ns2);
  tarn_store_relaxed_u64(&bucket.interval_minimum_ns, now_.interval_minimum_ns);
  tarn_store_relaxed_u64(&bucket.interval_maximum_ns, now_.interval_maximum_ns);
}

// The bucket of the second before the last one becomes the bucket of this one.
void TrafficMeter::turn_over(std::uint64_t stamp_ns) noexcept {
  const std::uint64_t second = stamp_ns / kSecondNs;
  second_end_ns_ = (second + 1) * kSecondNs;
  now_ = {};
  now_.second = second;
  now_.interval_minimum_ns = ~std::uint64_t{0};
  TrafficBucketLayout& bucket = counters_->buckets[second % 2];
  // relaxed: this thread alone writes the word.
  const std::uint64_t even = tarn_load_relaxed_u64(&counters_->sequence);
  // order(ring.traffic_turn): relaxed store + release fence. Who reads any of the words stored below sees
  // the odd word, or a later one, when it validates. Without the fence numbers of two seconds pass for
  // one.
  tarn_store_relaxed_u64(&counters_->sequence, even + 1);
  tarn_fence_release();
  // relaxed: published by the even word below.
  tarn_store_relaxed_u64(&bucket.second, second);
  store(bucket);
  // order(ring.traffic): release. The bucket is the new second's before the word is even again.
  // Weaker, a reader could take the old second's numbers for the new one's.
  tarn_store_release_u64(&counters_->sequence, even + 2);
}

std::optional<TrafficBucketLayout> read_traffic(const RingCountersLayout& counters,
                                                std::uint64_t second) noexcept {
  for (int look = 0; look < kMaxLooks; ++look) {
    // order(ring.traffic): acquire. Pairs with the even store of turn_over(): the bucket read below is at
    // least that new.
    const std::uint64_t before = tarn_load_acquire_u64(&counters.sequence);
    const TrafficBucketLayout bucket = copy(counters.buckets[second % 2]);
    // order(ring.traffic_turn): acquire fence + relaxed load. Pairs with the odd store of turn_over(): had
    // the copy met a word of a later turn, this load would see that turn.
    tarn_fence_acquire();
    if (before % 2 != 0 || tarn_load_relaxed_u64(&counters.sequence) != before) continue;
    if (bucket.second != second || bucket.messages == 0) return std::nullopt;
    return bucket;
  }
  return std::nullopt;
}

}  // namespace tarn::ring
