#include "platform/poll_wait.hpp"

#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "platform/unix_socket.hpp"
#include "platform/wakeup.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/support/signal_storm.hpp"

namespace tarn::platform {
namespace {

using namespace std::chrono_literals;
using namespace tarn::test;

TEST_CASE("a wait for one fd ends when it is ready", "[platform][poll_wait]") {
  const auto wakeup = must(Wakeup::create());
  REQUIRE_FALSE(must(wait_ready(wakeup.get(), Interest::Readable, MonotonicTime::min())));
  REQUIRE(must(wait_ready(wakeup.get(), Interest::Writable, kForever)));
  REQUIRE(must(wait_ready(wakeup.get(), Interest::ReadableOrWritable, kForever)));
  wakeup.signal();
  REQUIRE(must(wait_ready(wakeup.get(), Interest::Readable, kForever)));
}

TEST_CASE("a wait for one fd ends at its deadline, whatever signals come",
          "[platform][poll_wait]") {
  const auto wakeup = must(Wakeup::create());
  const SignalStorm storm;
  REQUIRE(storm.shakes([&] {
    const auto deadline = deadline_after(5ms);
    REQUIRE_FALSE(must(wait_ready(wakeup.get(), Interest::Readable, deadline)));
    REQUIRE(monotonic_now() >= deadline);
  }));
}

TEST_CASE("a hang-up ends a wait for anything", "[platform][poll_wait]") {
  auto [near, far] = must(socket_pair());
  REQUIRE_FALSE(has_hung_up(near.get()));
  REQUIRE_FALSE(must(wait_ready(near.get(), Interest::None, MonotonicTime::min())));
  far.reset();
  REQUIRE(has_hung_up(near.get()));
  REQUIRE(must(wait_ready(near.get(), Interest::None, kForever)));
}

TEST_CASE("waiting for a closed fd is an error", "[platform][poll_wait]") {
  constexpr int kNeverOpen = 1'000'000;
  const auto waited = wait_ready(kNeverOpen, Interest::Readable, kForever);
  REQUIRE_FALSE(waited.has_value());
  REQUIRE(waited.error().system_errno() == EBADF);
}

}  // namespace
}  // namespace tarn::platform
