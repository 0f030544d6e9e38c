#include "examples/sensors/latency_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace sensors {

// Below kSteps every latency has a bucket of its own; above, the top bit says which power of two, the
// kStepBits after it which step.
std::size_t LatencyHistogram::bucket_of(std::uint64_t latency_ns) {
  if (latency_ns < kSteps) return static_cast<std::size_t>(latency_ns);
  const auto power = static_cast<unsigned>(std::bit_width(latency_ns)) - 1 - kStepBits;
  const auto step = static_cast<std::size_t>(latency_ns >> power) - kSteps;
  return (power + 1) * kSteps + step;
}

std::uint64_t LatencyHistogram::end_of(std::size_t bucket) {
  if (bucket < kSteps) return bucket;
  const auto power = static_cast<unsigned>(bucket / kSteps) - 1;
  const std::uint64_t step = bucket % kSteps;
  return ((kSteps + step) << power) + ((std::uint64_t{1} << power) - 1);
}

void LatencyHistogram::add(std::uint64_t latency_ns) {
  ++buckets_[bucket_of(latency_ns)];
  ++count_;
  max_ = std::max(max_, latency_ns);
}

std::uint64_t LatencyHistogram::percentile(double fraction) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(fraction * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (seen >= wanted && seen > 0) return std::min(end_of(bucket), max_);
  }
  return 0;
}

}  // namespace sensors
