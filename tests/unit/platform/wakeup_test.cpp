#include "platform/wakeup.hpp"

#include <fcntl.h>
#include <signal.h>

#include <cerrno>

#include "platform/poll_wait.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/must.hpp"

namespace tarn::platform {
namespace {

using namespace tarn::test;

bool is_readable(const Wakeup& wakeup) {
  return must(wait_ready(wakeup.get(), Interest::Readable, MonotonicTime::min()));
}

TEST_CASE("a wakeup is readable from its signal to its drain", "[platform][wakeup]") {
  const auto wakeup = must(Wakeup::create());
  REQUIRE_FALSE(is_readable(wakeup));
  REQUIRE_FALSE(wakeup.drain());
  wakeup.signal();
  REQUIRE(is_readable(wakeup));
  REQUIRE(wakeup.drain());
  REQUIRE_FALSE(is_readable(wakeup));
  REQUIRE_FALSE(wakeup.drain());
}

TEST_CASE("one drain takes any number of signals", "[platform][wakeup]") {
  const auto wakeup = must(Wakeup::create());
  for (int count = 0; count < 1000; ++count) wakeup.signal();
  REQUIRE(wakeup.drain());
  REQUIRE_FALSE(is_readable(wakeup));
}

TEST_CASE("signalling leaves errno alone and never blocks", "[platform][wakeup]") {
  const auto wakeup = must(Wakeup::create());
  errno = ENOTTY;
  wakeup.signal();
  REQUIRE(errno == ENOTTY);
  REQUIRE((::fcntl(wakeup.get(), F_GETFL) & O_NONBLOCK) != 0);
  REQUIRE((::fcntl(wakeup.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

const Wakeup* woken_by_handler = nullptr;

TEST_CASE("a signal handler wakes a waiting thread", "[platform][wakeup]") {
  auto child = ChildProcess::start([](Parent& parent) {
    const auto wakeup = must(Wakeup::create());
    woken_by_handler = &wakeup;
    ::signal(SIGTERM, [](int) { woken_by_handler->signal(); });
    parent.report("waiting");
    const auto ready = wait_ready(wakeup.get(), Interest::Readable, kForever);
    parent.check(ready && *ready, "the handler has woken the wait");
  });
  REQUIRE(child.next_report() == "waiting");
  child.kill(SIGTERM);
  REQUIRE(child.join() == kCleanExit);
}

}  // namespace
}  // namespace tarn::platform
