#include "platform/spinning.hpp"

#include <sys/prctl.h>

#include "tests/support/catch.hpp"

using namespace tarn::platform;

TEST_CASE("spinning ends with what was waited for", "[platform]") {
  int looks = 0;
  REQUIRE(spin_until([&] { return ++looks == 20; }, std::chrono::hours(1)));
  REQUIRE(looks == 20);
}

TEST_CASE("spinning gives up, and not before its time", "[platform]") {
  const auto start = monotonic_now();
  REQUIRE_FALSE(spin_until([] { return false; }, std::chrono::microseconds(50)));
  REQUIRE(monotonic_now() - start >= std::chrono::microseconds(50));
}

TEST_CASE("where there is no time to spin nobody looks", "[platform]") {
  int looks = 0;
  const auto ready = [&] { return ++looks != 0; };
  REQUIRE_FALSE(spin_until(ready, std::chrono::nanoseconds(0)));
  REQUIRE_FALSE(spin_until(ready, std::chrono::nanoseconds(-1)));
  REQUIRE(looks == 0);
}

TEST_CASE("what a sleep costs is measured where there are two processors", "[platform]") {
  const int slack_ns = ::prctl(PR_GET_TIMERSLACK);
  const auto cost = measure_sleep_cost();
  REQUIRE(cost <= kMostSpin);
  REQUIRE((cost > std::chrono::nanoseconds::zero()) == (online_cpu_count() > 1));
  REQUIRE(::prctl(PR_GET_TIMERSLACK) == slack_ns);
}
