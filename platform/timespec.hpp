// Durations as the kernel wants them. No state; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <limits>

namespace tarn::platform {

inline constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

// A time_t of 32 bits ends in 2038; what does not fit is cut to its largest second, and callers that
// loop on their deadline wait on from there. Negative durations become zero.
[[nodiscard]] inline std::timespec to_timespec(std::chrono::nanoseconds duration) noexcept {
  constexpr std::int64_t kMostSeconds = std::numeric_limits<std::time_t>::max();
  const std::int64_t count = duration.count() < 0 ? 0 : duration.count();
  const std::int64_t seconds = count / kNanosecondsPerSecond;
  std::timespec result{};
  result.tv_sec = static_cast<std::time_t>(seconds < kMostSeconds ? seconds : kMostSeconds);
  result.tv_nsec = static_cast<decltype(result.tv_nsec)>(count % kNanosecondsPerSecond);
  return result;
}

}  // namespace tarn::platform
