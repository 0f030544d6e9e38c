// The one clock of tarn: CLOCK_MONOTONIC, which every process of a machine shares and nobody sets.
// libstdc++'s steady_clock reads exactly that clock through the vDSO, so no kernel call is made.
// Deadlines are absolute; a wait that is interrupted goes on with the deadline it had. Stateless,
// any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <ratio>
#include <type_traits>
#include <utility>

namespace tarn::platform {

using MonotonicTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

static_assert(std::chrono::steady_clock::is_steady);
static_assert(std::is_same_v<std::chrono::steady_clock::period, std::nano>);
static_assert(sizeof(std::chrono::nanoseconds::rep) == 8, "2^63 ns are 292 years on every target");

// The deadline that never comes.
inline constexpr MonotonicTime kForever = MonotonicTime::max();

[[nodiscard]] inline MonotonicTime monotonic_now() noexcept {
  return std::chrono::steady_clock::now();
}

// The same clock as the kernel noted it at its last tick, up to 10 ms ago and never ahead: for bounds
// that may be a little early, at a quarter of the price.
[[nodiscard]] inline MonotonicTime monotonic_last_tick() noexcept {
  std::timespec tick{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &tick);
  return MonotonicTime(std::chrono::seconds(tick.tv_sec) + std::chrono::nanoseconds(tick.tv_nsec));
}

// Nanoseconds since boot; what goes into shared memory, where a time_point may not.
[[nodiscard]] inline std::uint64_t monotonic_nanoseconds() noexcept {
  return static_cast<std::uint64_t>(monotonic_now().time_since_epoch().count());
}

// `duration` in nanoseconds, or the largest (smallest) count where it does not fit: hours::max() is
// a legal time-out.
template <typename Rep, typename Period>
[[nodiscard]] constexpr std::chrono::nanoseconds saturate(
    std::chrono::duration<Rep, Period> duration) noexcept {
  using std::chrono::nanoseconds;
  if constexpr (std::chrono::treat_as_floating_point_v<Rep>) {
    using Nanoseconds = std::chrono::duration<long double, std::nano>;
    if (Nanoseconds(duration) >= Nanoseconds(nanoseconds::max())) return nanoseconds::max();
    if (Nanoseconds(duration) <= Nanoseconds(nanoseconds::min())) return nanoseconds::min();
  } else if constexpr (std::ratio_less_equal_v<std::nano, Period>) {
    // The limits in the duration's own unit, where they are exact and cannot overflow.
    using Whole = std::chrono::duration<std::int64_t, Period>;
    constexpr auto kMost = std::chrono::duration_cast<Whole>(nanoseconds::max()).count();
    constexpr auto kLeast = std::chrono::duration_cast<Whole>(nanoseconds::min()).count();
    if (std::cmp_greater(duration.count(), kMost)) return nanoseconds::max();
    if (std::cmp_less(duration.count(), kLeast)) return nanoseconds::min();
  }
  return std::chrono::duration_cast<nanoseconds>(duration);
}

// time + duration without overflow: a time far ahead is kForever and stays it.
[[nodiscard]] constexpr MonotonicTime add_saturating(MonotonicTime time,
                                                     std::chrono::nanoseconds duration) noexcept {
  if (time == kForever) return kForever;
  if (duration.count() > 0 && time > kForever - duration) return kForever;
  if (duration.count() < 0 && time < MonotonicTime::min() - duration) return MonotonicTime::min();
  return time + duration;
}

// The deadline `duration` from now.
template <typename Rep, typename Period>
[[nodiscard]] MonotonicTime deadline_after(std::chrono::duration<Rep, Period> duration) noexcept {
  return add_saturating(monotonic_now(), saturate(duration));
}

// What is left until `deadline`, never negative; nanoseconds::max() for kForever.
[[nodiscard]] inline std::chrono::nanoseconds remaining(MonotonicTime deadline) noexcept {
  if (deadline == kForever) return std::chrono::nanoseconds::max();
  const MonotonicTime now = monotonic_now();
  return deadline > now ? deadline - now : std::chrono::nanoseconds::zero();
}

}  // namespace tarn::platform
