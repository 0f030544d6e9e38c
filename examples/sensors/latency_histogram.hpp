// Counts how often which latency occurred, in a fixed amount of memory: each power of two is divided
// into 64 equal steps, so a percentile is exact to 1.6 %. Knows no clock. One thread uses it.
#pragma once

#include <array>
#include <cstdint>

namespace sensors {

class LatencyHistogram {
 public:
  void add(std::uint64_t latency_ns);

  // The smallest latency that at least this fraction of all reached, rounded up to the end of its
  // step; 0 when there are none.
  [[nodiscard]] std::uint64_t percentile(double fraction) const;
  [[nodiscard]] std::uint64_t max() const { return max_; }  // exact
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  static constexpr unsigned kStepBits = 6;
  static constexpr std::size_t kSteps = std::size_t{1} << kStepBits;
  static std::size_t bucket_of(std::uint64_t latency_ns);
  static std::uint64_t end_of(std::size_t bucket);

  std::array<std::uint64_t, (64 - kStepBits + 1) * kSteps> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace sensors
