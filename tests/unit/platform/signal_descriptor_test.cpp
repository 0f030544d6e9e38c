#include "platform/signal_descriptor.hpp"

#include <fcntl.h>
#include <signal.h>

#include <array>

#include "platform/poll_wait.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"

namespace tarn::platform {
namespace {

using namespace tarn::test;

constexpr std::array kSignals{SIGTERM, SIGINT};

TEST_CASE("signals are read in place of being delivered", "[platform][signal_descriptor]") {
  // In a child, because the signals stay blocked.
  auto child = ChildProcess::start([](Parent& parent) {
    auto signals = SignalDescriptor::create(kSignals);
    parent.check(signals.has_value(), "the descriptor is created");
    auto none = signals->read();
    parent.check(none && !*none, "no signal is pending");
    parent.report("blocked");
    for (const int expected : {SIGTERM, SIGINT}) {
      const auto ready = wait_ready(signals->get(), Interest::Readable, kForever);
      parent.check(ready && *ready, "a signal makes it readable");
      const auto read = signals->read();
      parent.check(read && *read == expected, "and its number is read");
      parent.report("read");
    }
    none = signals->read();
    parent.check(none && !*none, "no signal is left");
    parent.check((::fcntl(signals->get(), F_GETFD) & FD_CLOEXEC) != 0, "it closes on exec");
  });
  REQUIRE(child.next_report() == "blocked");
  for (const int signal : {SIGTERM, SIGINT}) {
    child.kill(signal);
    REQUIRE(child.next_report() == "read");
  }
  REQUIRE(child.join() == kCleanExit);
}

TEST_CASE("signals that were not asked for keep their action", "[platform][signal_descriptor]") {
  auto child = ChildProcess::start([](Parent& parent) {
    const auto signals = SignalDescriptor::create(kSignals);
    parent.check(signals.has_value(), "the descriptor is created");
    parent.report("blocked");
    parent.wait_for_go();
  });
  REQUIRE(child.next_report() == "blocked");
  child.kill(SIGHUP);
  REQUIRE(child.join() == killed_by(SIGHUP));
}

TEST_CASE("a number that is no signal is refused", "[platform][signal_descriptor]") {
  constexpr std::array kNoSignal{4711};
  const auto signals = SignalDescriptor::create(kNoSignal);
  REQUIRE_FALSE(signals.has_value());
  REQUIRE(signals.error().code() == Errc::InvalidArgument);
  REQUIRE_THAT(signals.error().message(), contains_text("4711"));
}

}  // namespace
}  // namespace tarn::platform
