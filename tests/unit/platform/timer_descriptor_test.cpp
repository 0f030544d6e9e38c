#include "platform/timer_descriptor.hpp"

#include <chrono>

#include "platform/poll_wait.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/support/watchdog.hpp"

namespace tarn::platform {
namespace {

using namespace std::chrono_literals;
using namespace tarn::test;

bool readable(const TimerDescriptor& timer, MonotonicTime until = MonotonicTime::min()) {
  return must(wait_ready(timer.get(), Interest::Readable, until));
}

TEST_CASE("a timer's fd is readable from the time it is set to", "[platform][timer]") {
  const auto timer = must(TimerDescriptor::create());
  REQUIRE_FALSE(readable(timer));
  SECTION("not before") {
    const auto when = monotonic_now() + 5ms;
    timer.set(when);
    REQUIRE(readable(timer, deadline_after(kWatchdog)));
    REQUIRE(monotonic_now() >= when);
  }
  SECTION("and at once when that has passed") {
    timer.set(monotonic_now() - 1s);
    REQUIRE(readable(timer));
    timer.set(MonotonicTime::min());
    REQUIRE(readable(timer));
  }
  SECTION("until it is set anew") {
    timer.set(monotonic_now() - 1s);
    REQUIRE(readable(timer));
    timer.set(monotonic_now() + 1h);
    REQUIRE_FALSE(readable(timer));
  }
  SECTION("or never") {
    timer.set(monotonic_now() - 1s);
    timer.set(kForever);
    REQUIRE_FALSE(readable(timer));
  }
}

}  // namespace
}  // namespace tarn::platform
