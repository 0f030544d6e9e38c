// Waiting without sleep: how long it pays to, and doing so. It pays for about as long as going to sleep and
// being woken takes, which differs by two orders of magnitude between machines, so it is measured. It never
// pays where what is waited for needs the processor that waits. No state; any thread.
#pragma once

#include <chrono>

#include "platform/clock.hpp"
#include "platform/cpu.hpp"

namespace tarn::platform {

// More than this is not worth it anywhere; what looks like more was measured on a busy machine.
inline constexpr std::chrono::microseconds kMostSpin{50};

// What a sleep and a wake-up cost the calling thread, kMostSpin at most; 0 where it may run on one processor
// only. Takes about nine of them. The median: other programs disturb some.
[[nodiscard]] std::chrono::nanoseconds measure_sleep_cost() noexcept;

// Asks `ready` again and again, for `limit` at most. True as soon as it says so.
template <typename Ready>
[[nodiscard]] bool spin_until(Ready ready, std::chrono::nanoseconds limit) {
  constexpr int kLooksPerTime = 8;  // the clock costs more than a look
  if (limit <= std::chrono::nanoseconds::zero()) return false;
  const MonotonicTime end = deadline_after(limit);
  do {
    for (int look = 0; look < kLooksPerTime; ++look) {
      if (ready()) return true;
      cpu_relax();
    }
  } while (monotonic_now() < end);
  return false;
}

}  // namespace tarn::platform
