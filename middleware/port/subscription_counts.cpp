#include "middleware/port/subscription_counts.hpp"

#include "middleware/ring/atomics.h"

namespace tarn::port {

void add(SubscriberCounts& to, const ring::ReaderCounts& counts) noexcept {
  to.received += counts.received;
  to.lost_overwritten += counts.overwritten;
  to.lost_evicted += counts.evicted;
  to.lost_refused += counts.refused;
  to.lost_corrupt += counts.corrupt;
  to.skipped += counts.skipped;
  to.received_again += counts.again;
  to.lost_upstream += counts.upstream;
  to.history_received += counts.history_received;
  to.history_missed += counts.history_missed;
}

void add(SubscriberCounts& to, const SubscriberCounts& counts) noexcept {
  to.received += counts.received;
  to.lost_overwritten += counts.lost_overwritten;
  to.lost_evicted += counts.lost_evicted;
  to.lost_refused += counts.lost_refused;
  to.lost_publisher_gone += counts.lost_publisher_gone;
  to.lost_corrupt += counts.lost_corrupt;
  to.skipped += counts.skipped;
  to.received_again += counts.received_again;
  to.lost_upstream += counts.lost_upstream;
  to.history_received += counts.history_received;
  to.history_missed += counts.history_missed;
  to.safety_wakeups += counts.safety_wakeups;
}

void show(const SubscriberCounts& counts, ring::SubscriptionCountersLayout& to) noexcept {
  // relaxed, all: counters with one writer, and they need not be of one moment.
  tarn_store_relaxed_u64(&to.received, counts.received);
  tarn_store_relaxed_u64(&to.lost_overwritten, counts.lost_overwritten);
  tarn_store_relaxed_u64(&to.lost_evicted, counts.lost_evicted);
  tarn_store_relaxed_u64(&to.lost_refused, counts.lost_refused);
  tarn_store_relaxed_u64(&to.lost_publisher_gone, counts.lost_publisher_gone);
  tarn_store_relaxed_u64(&to.corrupt, counts.lost_corrupt);
  tarn_store_relaxed_u64(&to.skipped, counts.skipped);
  tarn_store_relaxed_u64(&to.lost_upstream, counts.lost_upstream);
  tarn_store_relaxed_u64(&to.history_missed, counts.history_missed);
  tarn_store_relaxed_u64(&to.safety_wakeups, counts.safety_wakeups);
}

}  // namespace tarn::port
