#include "middleware/event/timer.hpp"

#include "tests/support/catch.hpp"

namespace tarn::test {

namespace {

using namespace std::chrono_literals;
using event::Time;
using event::Timer;

constexpr Time kStart{1h};

}  // namespace

TEST_CASE("a timer that was never started is never due", "[event]") {
  Timer timer;
  CHECK_FALSE(timer.runs());
  CHECK_FALSE(timer.due(Time::max()));
  CHECK(timer.next() == Time::max());
  CHECK(timer.take(kStart) == 0);
}

TEST_CASE("a timer is due one period after its start, not before", "[event]") {
  Timer timer(10ms, kStart);
  CHECK(timer.next() == kStart + 10ms);
  CHECK_FALSE(timer.due(kStart + 10ms - 1ns));
  CHECK(timer.take(kStart + 10ms - 1ns) == 0);
  CHECK(timer.due(kStart + 10ms));
  CHECK(timer.take(kStart + 10ms) == 1);
  CHECK_FALSE(timer.due(kStart + 10ms));
}

TEST_CASE("a timer that is asked late keeps to its grid and counts what it missed", "[event]") {
  Timer timer(10ms, kStart);
  CHECK(timer.take(kStart + 17ms) == 1);
  CHECK(timer.next() == kStart + 20ms);
  CHECK(timer.take(kStart + 59ms) == 4);
  CHECK(timer.next() == kStart + 60ms);
  CHECK(timer.take(kStart + 60ms) == 1);
}

TEST_CASE("a timer that is restarted is due one period later", "[event]") {
  Timer timer(10ms, kStart);
  timer.restart(kStart + 7ms);
  CHECK_FALSE(timer.due(kStart + 16ms));
  CHECK(timer.take(kStart + 17ms) == 1);
  CHECK(timer.next() == kStart + 27ms);
}

TEST_CASE("a period beyond the end of time is never due", "[event]") {
  Timer timer(std::chrono::nanoseconds::max(), kStart);
  CHECK(timer.next() == Time::max());
  CHECK_FALSE(timer.due(kStart + 24h));
}

TEST_CASE("the shortest period over the longest time does not overflow", "[event]") {
  Timer timer(1ns, kStart);
  CHECK(timer.take(Time::max() - 1ns) > 0);
  CHECK(timer.next() == Time::max());
}

}  // namespace tarn::test
