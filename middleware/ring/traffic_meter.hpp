// Counts a publisher's traffic by the second, in the two buckets of its ring's counters, and reads such
// a bucket from outside. It takes the time from the stamps of the messages and has no clock of its own.
// A meter is owned by one publisher, whose thread calls it; anybody may read, at any time.
#pragma once

#include <cstdint>
#include <optional>

#include "middleware/ring/ring_layout.hpp"

namespace tarn::ring {

inline constexpr std::uint64_t kSecondNs = 1'000'000'000;
// A longer interval is squared as if it were this long. So the squares of a second's intervals cannot
// overflow: one long interval may reach into the second, all others lie in it.
inline constexpr std::uint64_t kLongestSquaredNs = std::uint64_t{1} << 31;

class TrafficMeter {
 public:
  // `counters` are those of a ring that nobody has published into yet.
  explicit TrafficMeter(RingCountersLayout& counters) noexcept : counters_(&counters) {}

  // One message. Requires: `stamp_ns` does not go back.
  void count(std::uint64_t stamp_ns, std::uint32_t length_bytes) noexcept;

 private:
  void turn_over(std::uint64_t stamp_ns) noexcept;
  void add_interval(std::uint64_t interval_ns) noexcept;
  void store(TrafficBucketLayout& bucket) const noexcept;

  RingCountersLayout* counters_;
  TrafficBucketLayout now_{};        // what the bucket under way holds
  std::uint64_t second_end_ns_ = 0;  // the first stamp that belongs to a later second
  std::uint64_t last_stamp_ns_ = 0;  // 0: none yet
};

// What was published in that second. A publisher that sent nothing then has no bucket for it; nor can
// one be read while it turns over too often to be caught. A second that is over is complete, but for a
// message that its publisher stamped and has not counted yet.
[[nodiscard]] std::optional<TrafficBucketLayout> read_traffic(const RingCountersLayout& counters,
                                                              std::uint64_t second) noexcept;

}  // namespace tarn::ring
