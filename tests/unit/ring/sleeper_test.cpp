#include "middleware/ring/sleeper.hpp"

#include "middleware/ring/protocol.h"
#include "platform/clock.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/watchdog.hpp"
#include "tests/support/write_trap.hpp"

using tarn::platform::deadline_after;
using tarn::platform::FutexWait;
using tarn::ring::BellLayout;
using tarn::ring::ring_bell;
using tarn::ring::Sleeper;
using tarn::ring::SummaryBit;
using tarn::ring::WaiterLayout;

namespace {

tarn::platform::MonotonicTime watchdog() { return deadline_after(tarn::test::kWatchdog); }

}  // namespace

TEST_CASE("a sleeper is announced from prepare to finish, in a new generation each time",
          "[ring]") {
  WaiterLayout waiter{};
  BellLayout bell{};
  Sleeper sleeper(&waiter, &bell);
  for (std::uint64_t generation = 1; generation < 10; generation += 2) {
    sleeper.prepare();
    REQUIRE(waiter.sleep == generation);
    sleeper.finish();
    REQUIRE(waiter.sleep == generation + 1);
  }
}

TEST_CASE("a word left odd by a former owner goes on to a new generation", "[ring]") {
  WaiterLayout waiter{};
  waiter.sleep = 41;
  BellLayout bell{};
  Sleeper sleeper(&waiter, &bell);
  sleeper.prepare();
  REQUIRE(waiter.sleep == 43);
  sleeper.finish();
  REQUIRE(waiter.sleep == 44);
}

TEST_CASE("a bell rung after prepare ends the sleep that follows", "[ring]") {
  WaiterLayout waiter{};
  BellLayout bell{};
  Sleeper sleeper(&waiter, &bell);
  for (int i = 0; i < 3; ++i) {
    sleeper.prepare();
    ring_bell(&bell.bell);
    REQUIRE(sleeper.sleep(watchdog()) == FutexWait::ValueChanged);
    sleeper.finish();
  }
}

TEST_CASE("a bell rung while the announcement is on its way ends the sleep that follows",
          "[ring]") {
  // A publisher that was late for the sleep before rings between the two steps of prepare. It will not
  // ring a second time, so this ring must not be part of the value waited on.
  BellLayout bell{};
  tarn::test::WriteTrap page([&] { ring_bell(&bell.bell); });
  Sleeper sleeper(reinterpret_cast<WaiterLayout*>(page.data()), &bell);
  page.set();
  sleeper.prepare();
  REQUIRE(page.sprung());
  REQUIRE(sleeper.sleep(watchdog()) == FutexWait::ValueChanged);
  sleeper.finish();
}

TEST_CASE("a bell rung before prepare does not end the sleep", "[ring]") {
  WaiterLayout waiter{};
  BellLayout bell{};
  Sleeper sleeper(&waiter, &bell);
  ring_bell(&bell.bell);
  sleeper.prepare();
  REQUIRE(sleeper.sleep(tarn::platform::monotonic_now()) == FutexWait::TimedOut);
  sleeper.finish();
}

TEST_CASE("a bell goes round its 32 bits", "[ring]") {
  WaiterLayout waiter{};
  BellLayout bell{};
  bell.bell = 0xFFFFFFFF;
  Sleeper sleeper(&waiter, &bell);
  sleeper.prepare();
  ring_bell(&bell.bell);
  REQUIRE(bell.bell == 0);
  REQUIRE(sleeper.sleep(watchdog()) == FutexWait::ValueChanged);
  sleeper.finish();
}

TEST_CASE("a member marks its own bit and no other", "[ring]") {
  std::uint64_t word = 0b1001;
  const SummaryBit bit{.word = &word, .bit = 0b0010};
  bit.set();
  bit.set();
  REQUIRE(word == 0b1011);
  bit.clear();
  REQUIRE(word == 0b1001);
}
