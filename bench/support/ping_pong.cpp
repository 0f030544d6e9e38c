#include "bench/support/ping_pong.hpp"

#include <algorithm>
#include <cstdio>

namespace tarn::bench {

void print_times_header(const char* limit) {
  std::printf("  %-24s %9s %9s %9s %9s %9s   %s\n", "one way, ns", "median", "p50", "p99", "p99.9",
              "max", limit);
}

void print_times(const char* name, const Times& times, const Times& raw, double limit) {
  const double own = median(times.rounds);
  std::printf("  %-24s %9.0f %9.0f %9.0f %9.0f %9.0f", name, own, percentile(times.trips, 0.5),
              percentile(times.trips, 0.99), percentile(times.trips, 0.999),
              *std::max_element(times.trips.begin(), times.trips.end()));
  if (&times != &raw) {
    // Each round against the raw round beside it: what disturbs one disturbs both.
    std::vector<double> ratios;
    for (std::size_t i = 0; i < times.rounds.size(); ++i) {
      ratios.push_back(times.rounds[i] / raw.rounds[i]);
    }
    std::printf("   %5.2f x", median(ratios));
    if (limit > 0) std::printf(" (asked: <= %.2f)", limit);
  }
  std::printf("\n");
}

}  // namespace tarn::bench
