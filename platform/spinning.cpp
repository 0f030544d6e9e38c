#include "platform/spinning.hpp"

#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "platform/futex.hpp"

namespace tarn::platform {

namespace {

// A time-out in the nearest future: the thread goes to sleep, and the timer's interrupt wakes it. Nobody
// else is needed for that, and the way back is that of any other wake-up.
std::chrono::nanoseconds time_a_sleep() noexcept {
  const std::uint32_t nobody_rings = 0;
  const MonotonicTime start = monotonic_now();
  (void)futex_wait(&nobody_rings, 0, start + std::chrono::microseconds(1));
  return monotonic_now() - start;
}

}  // namespace

std::chrono::nanoseconds measure_sleep_cost() noexcept {
  if (online_cpu_count() < 2) return std::chrono::nanoseconds::zero();
  // The kernel lets timers of a thread be late by its slack, to serve several with one interrupt.
  const int slack_ns = ::prctl(PR_GET_TIMERSLACK);
  (void)::prctl(PR_SET_TIMERSLACK, 1UL);
  std::array<std::chrono::nanoseconds, 9> costs;
  for (auto& cost : costs) cost = time_a_sleep();
  if (slack_ns > 0) (void)::prctl(PR_SET_TIMERSLACK, static_cast<unsigned long>(slack_ns));
  std::nth_element(costs.begin(), costs.begin() + costs.size() / 2, costs.end());
  return std::min<std::chrono::nanoseconds>(costs[costs.size() / 2], kMostSpin);
}

}  // namespace tarn::platform
