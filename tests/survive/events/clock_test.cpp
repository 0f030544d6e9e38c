// The wall clock is set by a day, by an hour, to 1970 and past 2038 while everybody waits for something: no
// time-out comes early or never, nobody is taken for dead or slow, and messages are stamped as before.
// Everything goes by CLOCK_MONOTONIC, which stands still while the machine sleeps, so nothing runs out
// meanwhile either.
#include <chrono>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include <tarn/tarn.hpp>

#include "middleware/node/control_channel.hpp"
#include "middleware/pool/pool_layout.hpp"
#include "tests/process/game.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/survive/events/wall_clock.hpp"

namespace tarn::test {

namespace {

using namespace std::chrono_literals;

// Where the C library's own seconds go no further, as far as they go.
constexpr std::int64_t kEndOf32Bits = std::int64_t{1} << 31;
constexpr std::int64_t kPast2038 = kEndOf32Bits + (sizeof(std::time_t) > 4 ? 1 : -3600);

std::vector<std::function<void(WallClock&)>> jumps() {
  return {[](WallClock& clock) { clock.set_ahead(24h); },
          [](WallClock& clock) { clock.set_ahead(-24h); },
          [](WallClock& clock) { clock.set_ahead(1h); },
          [](WallClock& clock) { clock.set_ahead(-1h); },
          [](WallClock& clock) { clock.set_to(0); },
          [](WallClock& clock) { clock.set_to(kPast2038); },
          [](WallClock& clock) { clock.set_ahead(0s); }};
}

constexpr auto kShort = 10ms;

// Ends each kind of wait by its time-out, over and over, and sees that none is early.
void time_out(Parent& parent, const NodeOptions& options, SharedWord& rounds,
              const SharedWord& stop) {
  auto node = need(parent, Node::open(options));
  auto subscriber = need(parent, node.subscriber<Small>("silent"));
  auto full = need(parent, node.publisher<Small>("full"));
  auto slow = need(parent, node.subscriber<Small>("full"));
  auto set = need(parent, node.wait_set());
  auto watched = need(parent, node.subscriber<Small>("silent"));
  need(parent, set.attach(watched, {.deadline = kShort}));
  need(parent, full.send(numbered<Small>(1, 1)));
  const auto lasts = [&](const std::function<bool()>& wait, const char* what) {
    const auto begin = std::chrono::steady_clock::now();
    parent.check(wait(), what);
    parent.check(std::chrono::steady_clock::now() - begin >= kShort, what);
  };
  while (stop.load() == 0) {
    lasts([&] { return !subscriber.wait_take(kShort); }, "a take waits for its time");
    lasts([&] { return !full.send(numbered<Small>(1, 2)); }, "a publisher waits for its time");
    lasts([&] { return !full.wait_for_subscribers(9, kShort); }, "so does one for readers");
    const auto ready = need(parent, set.wait(kWatchdog));
    parent.check(ready.size() == 1 && ready[0].reason == WaitReason::DeadlineMissed,
                 "a missed deadline is reported");
    rounds.store(rounds.load() + 1);
  }
  parent.check(full.counts().evictions == 0, "nobody was too slow");
  parent.check(slow.counts().lost() == 0, "nothing was lost");
}

// What was published from now on was stamped from now on, whatever the wall says.
void check_stamps(Publisher<Small>& publisher, Subscriber<Small>& subscriber) {
  const std::uint64_t before = stamp_now();
  must(publisher.send(numbered<Small>(1, 1)));
  const auto sample = subscriber.wait_take(kWatchdog);
  REQUIRE(sample);
  CHECK(sample.stamp_ns() >= before);
  CHECK(sample.stamp_ns() <= stamp_now());
}

// In the middle of its handshake, for which it has five seconds.
void check_handshake(const TestDomain& domain, const std::function<void()>& jump) {
  auto newcomer = must(
      node::ControlChannel::connect(domain.socket_path(), platform::deadline_after(kWatchdog)));
  jump();
  // The broker looks round for who is late whenever it has served somebody.
  (void)domain.open("passing");
  node::ControlAnswer answer;
  CHECK(newcomer.exchange(wire::Hello{.layout_version = pool::kLayoutVersion, .node = "newcomer"},
                          answer, platform::deadline_after(kWatchdog)));
}

}  // namespace

TEST_CASE("the test's clock is read by everybody", "[survive][events]") {
  WallClock clock;
  clock.set_to(kPast2038);
  const auto by_cpp = std::chrono::system_clock::now().time_since_epoch();
  CHECK(by_cpp >= std::chrono::seconds(kPast2038));
  CHECK(std::time(nullptr) >= kPast2038);
  auto child = ChildProcess::start([&](Parent& parent) {
    parent.check(std::time(nullptr) >= kPast2038, "a child reads it too");
  });
  CHECK(child.join() == kCleanExit);
  CHECK(clock.asked_by_children() == 1);
}

TEST_CASE("setting the wall clock ends no wait, declares nobody dead and stamps no message anew",
          "[survive][events]") {
  WallClock clock;
  TestDomain domain({.topics = {listed("full", sizeof(Small),
                                       {.depth = 1,
                                        .overflow = directory::Overflow::Block,
                                        .timeout = kShort,
                                        .evict_after = 1h})}});
  const PoolObserver pool(domain.path());
  SharedWord rounds;
  SharedWord stop;
  Game<Small> small(domain.node({}));
  auto waiting = ChildProcess::start(
      [&](Parent& parent) { time_out(parent, domain.node("waiting"), rounds, stop); });
  auto stopped = ChildProcess::start([&](Parent& parent) {
    auto own = need(parent, Node::open(domain.node("stopped")));
    parent.report("ready");
    parent.wait_for_go();
  });
  REQUIRE(stopped.next_report() == "ready");
  stopped.kill(SIGSTOP);
  auto node = domain.open("here");
  auto publisher = must(node.publisher<Small>("stamped"));
  auto subscriber = must(node.subscriber<Small>("stamped"));
  REQUIRE(wait_until([&] { return rounds.load() > 0; }));
  const PoolUsage before = pool.usage();
  for (const auto& jump : jumps()) {
    const std::uint64_t done = rounds.load();
    jump(clock);
    small.go_on(100);
    check_stamps(publisher, subscriber);
    REQUIRE(wait_until([&] { return rounds.load() >= done + 2; }));
    CHECK(pool.usage() == before);
  }
  for (const auto& jump : jumps()) check_handshake(domain, [&] { jump(clock); });
  stop.store(1);
  CHECK(waiting.join() == kCleanExit);
  small.finish();
  stopped.kill(SIGCONT);
  stopped.go();
  CHECK(stopped.join() == kCleanExit);
  // The broker, and everybody that it served.
  CHECK(clock.asked_by_children() == 0);
}

}  // namespace tarn::test
