#include "platform/clock.hpp"

#include <time.h>

#include <chrono>

#include "platform/timespec.hpp"
#include "tests/support/catch.hpp"

namespace tarn::platform {
namespace {

using namespace std::chrono_literals;

std::uint64_t kernel_monotonic() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(now.tv_nsec);
}

TEST_CASE("the clock is the kernel's CLOCK_MONOTONIC", "[platform][clock]") {
  const auto before = kernel_monotonic();
  const auto now = monotonic_nanoseconds();
  const auto after = kernel_monotonic();
  REQUIRE(before <= now);
  REQUIRE(now <= after);
}

TEST_CASE("adding to a time never overflows", "[platform][clock]") {
  const MonotonicTime now = monotonic_now();
  REQUIRE(add_saturating(now, 5ns) - now == 5ns);
  REQUIRE(add_saturating(now, -5ns) - now == -5ns);
  REQUIRE(add_saturating(now, std::chrono::nanoseconds::max()) == kForever);
  REQUIRE(add_saturating(kForever, 1ns) == kForever);
  REQUIRE(add_saturating(kForever, -1h) == kForever);
  REQUIRE(add_saturating(MonotonicTime::min(), -1ns) == MonotonicTime::min());
}

TEST_CASE("any duration is a legal time-out", "[platform][clock]") {
  REQUIRE(saturate(3ms) == 3'000'000ns);
  REQUIRE(saturate(-3s) == -3'000'000'000ns);
  REQUIRE(saturate(std::chrono::hours::max()) == std::chrono::nanoseconds::max());
  REQUIRE(saturate(std::chrono::hours::min()) == std::chrono::nanoseconds::min());
  REQUIRE(saturate(std::chrono::duration<double>(1e300)) == std::chrono::nanoseconds::max());
  REQUIRE(saturate(std::chrono::nanoseconds::max() - 1ns) == std::chrono::nanoseconds::max() - 1ns);
  REQUIRE(saturate(std::chrono::duration<double>(-1e300)) == std::chrono::nanoseconds::min());
  REQUIRE(saturate(std::chrono::duration<double>(0.5)) == 500ms);
  REQUIRE(saturate(std::chrono::duration<std::uint64_t, std::nano>(UINT64_MAX)) ==
          std::chrono::nanoseconds::max());
  REQUIRE(saturate(std::chrono::duration<std::int64_t, std::pico>(5'000)) == 5ns);
  REQUIRE(saturate(std::chrono::duration<std::int8_t, std::ratio<1>>(-3)) == -3s);
  REQUIRE(deadline_after(std::chrono::hours::max()) == kForever);
}

TEST_CASE("what remains until a deadline is never negative", "[platform][clock]") {
  REQUIRE(remaining(MonotonicTime::min()) == 0ns);
  REQUIRE(remaining(monotonic_now()) == 0ns);
  REQUIRE(remaining(kForever) == std::chrono::nanoseconds::max());
  const auto left = remaining(deadline_after(1h));
  REQUIRE(left > 0ns);
  REQUIRE(left <= 1h);
}

TEST_CASE("a timespec holds seconds and nanoseconds", "[platform][clock]") {
  const auto time = to_timespec(1s + 7ns);
  REQUIRE(time.tv_sec == 1);
  REQUIRE(time.tv_nsec == 7);
  SECTION("zero where the duration is negative") {
    REQUIRE(to_timespec(-1ns).tv_sec == 0);
    REQUIRE(to_timespec(-1ns).tv_nsec == 0);
  }
  SECTION("and at most what a time_t can hold") {
    REQUIRE(to_timespec(std::chrono::nanoseconds::max()).tv_sec > 2'000'000'000);
  }
}

}  // namespace
}  // namespace tarn::platform
