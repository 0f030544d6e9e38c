// Order statistics of measured times. Plain values; no threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace tarn::bench {

// The value below which `fraction` of the samples lie. Requires: samples is not empty.
inline double percentile(std::vector<double> samples, double fraction) {
  const auto rank = static_cast<std::size_t>(fraction * static_cast<double>(samples.size() - 1));
  const auto place = samples.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(samples.begin(), place, samples.end());
  return *place;
}

inline double median(const std::vector<double>& samples) { return percentile(samples, 0.5); }

}  // namespace tarn::bench
