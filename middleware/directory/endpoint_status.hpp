// What the directory and the counters say of one publisher and of one subscription, for tools. Reads
// what others write, believes nothing it has not checked. Any thread.
#pragma once

#include <cstdint>
#include <optional>

#include <tarn/topic_status.hpp>

#include "middleware/directory/records_layout.hpp"
#include "middleware/directory/ring_facts.hpp"
#include "middleware/pool/pool_view.hpp"

namespace tarn::directory {

// What a look goes by that is the same for all endpoints of it.
struct LookAt {
  std::uint64_t now_ns = 0;  // CLOCK_MONOTONIC
  bool stamped = true;       // whether the topic's messages have stamps
};

// Nothing when the ring was freed meanwhile: what was read then may belong to another.
[[nodiscard]] std::optional<PublisherStatus> read_publisher(const pool::PoolView& pool,
                                                            const RingFacts& ring,
                                                            const LookAt& look);

// `record` is a copy of the subscriber record at `index`. The lag is left at 0: see lag_behind().
[[nodiscard]] SubscriptionStatus read_subscription(const pool::PoolView& pool,
                                                   const SubscriberRecordLayout& record);

// How many messages of a ring a subscription has not taken; 0 where it does not read the ring.
[[nodiscard]] std::uint64_t lag_behind(const pool::PoolView& pool, const RingFacts& ring,
                                       std::uint32_t subscriber) noexcept;

}  // namespace tarn::directory
