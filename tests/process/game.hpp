// Two processes that throw messages back and forth while a test does something to their domain: not one may
// be lost, torn or late for ever. Main thread of the test.
#pragma once

#include <cstdint>

#include <tarn/tarn.hpp>

#include "tests/process/echo.hpp"
#include "tests/process/shared_word.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/watchdog.hpp"

namespace tarn::test {

namespace detail {
template <typename M>
void check_counts(Parent& parent, const EchoEnds<M>& ends, std::uint64_t received) {
  parent.check(ends.subscriber.counts().received == received, "everything was received");
  parent.check(ends.subscriber.counts().lost() == 0, "nothing was lost");
  parent.check(ends.subscriber.counts().safety_wakeups == 0, "every wake-up was a bell");
}
}  // namespace detail

// Two processes that call and answer without a pause until they are told to stop.
template <typename M>
class Game {
 public:
  // Of nodes with these options, but for their names.
  explicit Game(const NodeOptions& options)
      : echo_(ChildProcess::start([&](Parent& parent) { answer(parent, named(options, "echo")); })),
        caller_(
            ChildProcess::start([&](Parent& parent) { call(parent, named(options, "caller")); })) {}

  // Returns when they have called that often from now on.
  void go_on(std::uint64_t calls) {
    const std::uint64_t end = calls_.load() + calls;
    REQUIRE(wait_until([&] { return calls_.load() >= end; }));
  }
  void finish() {
    stop_.store(1);
    CHECK(caller_.join() == kCleanExit);
    CHECK(echo_.join() == kCleanExit);
  }

 private:
  static NodeOptions named(NodeOptions options, const char* name) {
    options.name = name;
    return options;
  }
  void call(Parent& parent, const NodeOptions& options) {
    auto node = need(parent, Node::open(options));
    auto ends = need(parent, EchoEnds<M>::caller(node, "game"));
    std::uint64_t number = 0;
    while (stop_.load() == 0) {
      parent.check(ends.call(++number), "every echo comes whole");
      calls_.store(number);
    }
    parent.check(ends.call(kLastNumber), "the last echo comes");
    detail::check_counts(parent, ends, number + 1);
  }
  void answer(Parent& parent, const NodeOptions& options) {
    auto node = need(parent, Node::open(options));
    // A caller that was quicker finds its first call in the history.
    auto ends = need(parent, EchoEnds<M>::echo(node, "game", {.history = 1}));
    parent.check(ends.answer_all(), "every call comes whole");
    const SubscriberCounts counts = ends.subscriber.counts();
    detail::check_counts(parent, ends, ends.publisher.counts().published - counts.history_received);
  }

  SharedWord calls_;
  SharedWord stop_;
  ChildProcess echo_;
  ChildProcess caller_;
};

}  // namespace tarn::test
