#include "middleware/broker/tick.hpp"

#include "tests/support/catch.hpp"

namespace tarn::broker {

namespace {

using namespace std::chrono_literals;

const platform::MonotonicTime kStart = platform::MonotonicTime() + 1h;

}  // namespace

TEST_CASE("the first looks come soon, later ones at longer and longer intervals",
          "[broker][tick]") {
  Tick tick;
  CHECK(tick.next() == platform::kForever);
  auto now = kStart;
  for (const auto pause : {1ms, 2ms, 4ms, 8ms, 16ms, 32ms, 50ms, 50ms}) {
    CHECK_FALSE(tick.is_due(now));
    CHECK(tick.next() == now + pause);
    now += pause;
    CHECK(tick.is_due(now));
  }
}

TEST_CASE("the next look comes soon when something has happened", "[broker][tick]") {
  Tick tick;
  auto now = kStart;
  for (int i = 0; i < 10; ++i) {
    (void)tick.is_due(now);
    now = tick.next();
  }
  CHECK(tick.is_due(now));
  tick.hurry(now);
  CHECK(tick.next() == now + Tick::kShortest);
}

TEST_CASE("who makes something happen all the time does not put the look off", "[broker][tick]") {
  Tick tick;
  CHECK_FALSE(tick.is_due(kStart));
  tick.hurry(kStart + 500us);
  CHECK(tick.next() == kStart + Tick::kShortest);
}

TEST_CASE("a tick that rests begins anew", "[broker][tick]") {
  Tick tick;
  tick.hurry(kStart);
  CHECK(tick.next() == platform::kForever);
  (void)tick.is_due(kStart);
  CHECK(tick.is_due(kStart + 1h));
  tick.rest();
  CHECK(tick.next() == platform::kForever);
  CHECK_FALSE(tick.is_due(kStart));
  CHECK(tick.next() == kStart + Tick::kShortest);
}

}  // namespace tarn::broker
