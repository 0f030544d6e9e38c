#include "platform/poller.hpp"

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <set>
#include <thread>
#include <vector>

#include "platform/unix_socket.hpp"
#include "platform/wakeup.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/support/signal_storm.hpp"
#include "tests/support/watchdog.hpp"

namespace tarn::platform {
namespace {

using namespace std::chrono_literals;
using namespace tarn::test;

constexpr MonotonicTime kAtOnce = MonotonicTime::min();

TEST_CASE("a poller reports the fds that are ready by their tokens", "[platform][poller]") {
  auto poller = must(Poller::create());
  const auto quiet = must(Wakeup::create());
  const auto busy = must(Wakeup::create());
  must(poller.add(quiet.get(), Interest::Readable, 1));
  must(poller.add(busy.get(), Interest::Readable, 0xFFFF'FFFF'0000'0002));
  std::array<PollEvent, 4> events;
  REQUIRE(must(poller.wait(events, kAtOnce)) == 0);
  busy.signal();
  REQUIRE(must(poller.wait(events, kForever)) == 1);
  REQUIRE(events[0].token == 0xFFFF'FFFF'0000'0002);
  REQUIRE(events[0].readable);
  REQUIRE_FALSE(events[0].writable);
  REQUIRE_FALSE(events[0].hung_up);
  SECTION("as long as they are ready") { REQUIRE(must(poller.wait(events, kForever)) == 1); }
  SECTION("and no longer") {
    busy.drain();
    REQUIRE(must(poller.wait(events, kAtOnce)) == 0);
  }
}

TEST_CASE("what a poller watches an fd for can be changed", "[platform][poller]") {
  auto poller = must(Poller::create());
  auto [near, far] = must(socket_pair());
  must(poller.add(near.get(), Interest::Readable, 7));
  std::array<PollEvent, 4> events;
  REQUIRE(must(poller.wait(events, kAtOnce)) == 0);
  must(poller.modify(near.get(), Interest::ReadableOrWritable, 8));
  REQUIRE(must(poller.wait(events, kAtOnce)) == 1);
  REQUIRE(events[0].token == 8);
  REQUIRE(events[0].writable);
  REQUIRE_FALSE(events[0].readable);
  SECTION("to nothing, and then only a hang-up is told") {
    must(poller.modify(near.get(), Interest::None, 9));
    REQUIRE(must(poller.wait(events, kAtOnce)) == 0);
    far.reset();
    REQUIRE(must(poller.wait(events, kAtOnce)) == 1);
    REQUIRE(events[0].token == 9);
    REQUIRE(events[0].hung_up);
  }
  SECTION("and ended") {
    must(poller.remove(near.get()));
    REQUIRE(must(poller.wait(events, kAtOnce)) == 0);
    REQUIRE(poller.remove(near.get()).error().system_errno() == ENOENT);
  }
}

TEST_CASE("a peer's hang-up is reported", "[platform][poller]") {
  auto poller = must(Poller::create());
  auto [near, far] = must(socket_pair());
  must(poller.add(near.get(), Interest::Readable, 7));
  far.reset();
  std::array<PollEvent, 1> events;
  REQUIRE(must(poller.wait(events, kForever)) == 1);
  REQUIRE(events[0].hung_up);
  REQUIRE(events[0].readable);
}

TEST_CASE("a poller waits until its deadline and not less", "[platform][poller]") {
  auto poller = must(Poller::create());
  std::array<PollEvent, 1> events;
  for (const auto delay : {std::chrono::nanoseconds(1), std::chrono::nanoseconds(300us),
                           std::chrono::nanoseconds(20ms)}) {
    const auto deadline = deadline_after(delay);
    REQUIRE(must(poller.wait(events, deadline)) == 0);
    REQUIRE(monotonic_now() >= deadline);
  }
  REQUIRE(must(poller.wait(events, kAtOnce)) == 0);
}

TEST_CASE("signals do not shorten a poller's wait", "[platform][poller]") {
  auto poller = must(Poller::create());
  std::array<PollEvent, 1> events;
  const SignalStorm storm;
  REQUIRE(storm.shakes([&] {
    const auto deadline = deadline_after(5ms);
    REQUIRE(must(poller.wait(events, deadline)) == 0);
    REQUIRE(monotonic_now() >= deadline);
  }));
}

TEST_CASE("signals do not end a wait for ever", "[platform][poller]") {
  auto poller = must(Poller::create());
  const auto wakeup = must(Wakeup::create());
  must(poller.add(wakeup.get(), Interest::Readable, 3));
  const SignalStorm storm;
  std::thread other([&] {
    static_cast<void>(wait_until([&] { return storm.interruptions() > 5; }));
    wakeup.signal();
  });
  std::array<PollEvent, 1> events;
  REQUIRE(must(poller.wait(events, kForever)) == 1);
  REQUIRE(storm.interruptions() > 0);
  other.join();
}

TEST_CASE("a sleeping poller is woken by another thread", "[platform][poller]") {
  auto poller = must(Poller::create());
  const auto wakeup = must(Wakeup::create());
  must(poller.add(wakeup.get(), Interest::Readable, 3));
  const bool limited = GENERATE(false, true);
  const MonotonicTime deadline = limited ? deadline_after(std::chrono::hours(1)) : kForever;
  std::thread other([&] { wakeup.signal(); });
  std::array<PollEvent, 1> events;
  REQUIRE(must(poller.wait(events, deadline)) == 1);
  REQUIRE(events[0].token == 3);
  other.join();
}

TEST_CASE("a poller with more events than room tells them all in turn", "[platform][poller]") {
  auto poller = must(Poller::create());
  const std::size_t room = GENERATE(1U, 7U, 200U);
  constexpr std::uint64_t kFds = 150;
  std::vector<Wakeup> wakeups;
  for (std::uint64_t token = 0; token < kFds; ++token) {
    wakeups.push_back(must(Wakeup::create()));
    wakeups.back().signal();
    must(poller.add(wakeups.back().get(), Interest::Readable, token));
  }
  std::set<std::uint64_t> seen;
  std::vector<PollEvent> events(room);
  // Each call reports at least one, and none twice before all were reported.
  for (std::uint64_t call = 0; call < kFds && seen.size() < kFds; ++call) {
    const std::size_t count = must(poller.wait(events, kAtOnce));
    REQUIRE(count > 0);
    REQUIRE(count <= room);
    for (std::size_t index = 0; index < count; ++index) seen.insert(events[index].token);
  }
  REQUIRE(seen.size() == kFds);
}

TEST_CASE("a poller can be watched by another event loop", "[platform][poller]") {
  auto poller = must(Poller::create());
  const auto wakeup = must(Wakeup::create());
  must(poller.add(wakeup.get(), Interest::Readable, 3));
  REQUIRE_FALSE(must(wait_ready(poller.get(), Interest::Readable, kAtOnce)));
  wakeup.signal();
  REQUIRE(must(wait_ready(poller.get(), Interest::Readable, kForever)));
  wakeup.drain();
  SECTION("and its own deadlines do not show there") {
    const auto deadline = deadline_after(20ms);
    std::thread other([&] { wakeup.signal(); });
    std::array<PollEvent, 1> events;
    REQUIRE(must(poller.wait(events, deadline)) <= 1);
    other.join();
    wakeup.drain();
    REQUIRE_FALSE(
        must(wait_ready(poller.get(), Interest::Readable, add_saturating(deadline, 5ms))));
  }
}

TEST_CASE("a poller's own fd closes on exec", "[platform][poller]") {
  const auto poller = must(Poller::create());
  REQUIRE((::fcntl(poller.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

}  // namespace
}  // namespace tarn::platform
