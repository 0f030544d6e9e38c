// Wait sets and what befalls processes: signals, forks, stops and deaths of those they wait for, and of
// the broker.
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/process/scripted_publisher.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"

namespace tarn::test {

namespace {

using namespace std::chrono_literals;

constexpr const char* kTopic = "topic";

// What the handler triggers and stops; set before a signal may come.
std::optional<UserEvent> signalled;    // NOLINT
WaitSet* stopped_by_signal = nullptr;  // NOLINT

extern "C" void trigger_in_handler(int) { signalled->trigger(); }
extern "C" void stop_in_handler(int) { stopped_by_signal->stop(); }

class Handler {
 public:
  Handler(int signal, void (*function)(int)) : signal_(signal) {
    struct sigaction action {};
    action.sa_handler = function;
    ::sigaction(signal, &action, &before_);
  }
  ~Handler() { ::sigaction(signal_, &before_, nullptr); }
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;

 private:
  int signal_;
  struct sigaction before_ {};
};

// Exactly this reason, from this attachment, before the watchdog.
void check_next(WaitSet& set, AttachmentId id, WaitReason reason) {
  const auto ready = must(set.wait(kWatchdog));
  REQUIRE(ready.size() == 1);
  CHECK(ready[0].id == id);
  CHECK(ready[0].reason == reason);
}

}  // namespace

TEST_CASE("signal handlers trigger and stop a wait set, and none of it is lost", "[process]") {
  const TestDomain domain;
  auto node = domain.open("reader");
  auto set = must(node.wait_set());
  signalled = must(set.add_event());
  stopped_by_signal = &set;
  const Handler triggers(SIGUSR1, trigger_in_handler);
  const Handler stops(SIGUSR2, stop_in_handler);
  constexpr std::uint64_t kRounds = 1000;
  std::atomic<std::uint64_t> seen{0};
  const pthread_t waiting = ::pthread_self();
  std::thread sender([&] {
    for (std::uint64_t round = 1; round <= kRounds; ++round) {
      ::pthread_kill(waiting, round % 4 == 0 ? SIGUSR2 : SIGUSR1);
      while (seen < round) std::this_thread::yield();
    }
  });
  std::uint64_t wrong = 0;
  for (std::uint64_t round = 1; round <= kRounds; ++round) {
    const auto ready = must(set.wait(kWatchdog));
    const bool right = round % 4 == 0 ? ready.empty() : ready.size() == 1 && ready[0].count == 1;
    if (!right) ++wrong;
    seen = round;
  }
  sender.join();
  signalled.reset();
  CHECK(wrong == 0);
  CHECK(set.counts().safety_wakeups == 0);
}

TEST_CASE("a wait set goes on while its broker dies and another comes", "[process][broker]") {
  TestDomain domain({.topics = {listed(kTopic, sizeof(Large), {.publishers = 2})}});
  auto node = domain.open("reader");
  auto set = must(node.wait_set());
  auto subscriber = must(node.subscriber<Large>(kTopic));
  const auto id = must(set.attach(subscriber));
  ScriptedPublisher<Large> before(domain, kTopic, {.writer = 1, .batches = {1, 1, 1}});
  before.publish_batch();
  check_next(set, id, WaitReason::Message);
  CHECK(subscriber.try_take()->number == 1);
  domain.kill_broker();
  // Longer than its safety, so it looks for a broker, in vain.
  CHECK(must(set.wait(1200ms)).empty());
  before.publish_batch();
  check_next(set, id, WaitReason::Message);
  CHECK(subscriber.try_take()->number == 2);
  CHECK(domain.start_broker() == broker::PoolOrigin::Adopted);
  ScriptedPublisher<Large> after(domain, kTopic, {.writer = 2, .batches = {1}});
  after.publish_batch();
  check_next(set, id, WaitReason::Message);
  CHECK(subscriber.try_take()->writer == 2);
  before.publish_batch();
  check_next(set, id, WaitReason::Message);
  CHECK(subscriber.try_take()->number == 3);
  // The new broker knows the set's waiter: nobody else is given its bell.
  auto others = std::vector<WaitSet>();
  for (int i = 0; i < 8; ++i) others.push_back(must(node.wait_set()));
  CHECK(must(set.wait(0ns)).empty());
}

TEST_CASE("a wait set hears of a broker that comes while it sleeps", "[process][broker]") {
  TestDomain domain;
  auto node = domain.open("reader");
  auto set = must(node.wait_set());
  auto subscriber = must(node.subscriber<Small>(kTopic));
  const auto id = must(set.attach(subscriber, {.status = true}));
  domain.kill_broker();
  // It learns that within its safety.
  check_next(set, id, WaitReason::Status);
  CHECK(subscriber.status().broker_gone == 1);
  CHECK(domain.start_broker() == broker::PoolOrigin::Adopted);
  ScriptedPublisher<Small> publisher(domain, kTopic, {.writer = 1, .batches = {1}});
  check_next(set, id, WaitReason::Status);
  CHECK(subscriber.status().matched == 1);
}

TEST_CASE("a publisher that is killed is reported once its messages are there", "[process]") {
  const TestDomain domain;
  auto node = domain.open("reader");
  auto set = must(node.wait_set());
  auto subscriber = must(node.subscriber<Small>(kTopic));
  const auto id = must(set.attach(subscriber, {.status = true}));
  ScriptedPublisher<Small> publisher(domain, kTopic, {.writer = 1, .batches = {3}});
  check_next(set, id, WaitReason::Status);
  publisher.publish_batch();
  publisher.kill();
  std::uint64_t received = 0;
  while (subscriber.status().peers_gone == 0 || received < 3) {
    const auto ready = must(set.wait(kWatchdog));
    REQUIRE_FALSE(ready.empty());
    if (ready[0].reason == WaitReason::Message) received += subscriber.try_take() ? 1 : 0;
  }
  CHECK(received == 3);
  CHECK(subscriber.counts().lost() == 0);
}

TEST_CASE("the silence of a stopped publisher is a missed deadline, and not its death",
          "[process]") {
  const TestDomain domain;
  auto node = domain.open("reader");
  auto set = must(node.wait_set());
  auto subscriber = must(node.subscriber<Small>(kTopic));
  const auto id = must(set.attach(subscriber, {.deadline = 20ms}));
  auto writer = ChildProcess::start([&](Parent& parent) {
    auto own = need(parent, Node::open(domain.node("writer")));
    auto publisher = need(parent, own.publisher<Small>(kTopic));
    parent.report("ready");
    for (std::uint64_t number = 1;; ++number) {
      need(parent, publisher.send(numbered<Small>(1, number)));
      std::this_thread::sleep_for(1ms);
    }
  });
  REQUIRE(writer.next_report() == "ready");
  const auto until = [&](WaitReason reason) {
    for (;;) {
      const auto ready = must(set.wait(kWatchdog));
      REQUIRE_FALSE(ready.empty());
      CHECK(ready[0].id == id);
      while (subscriber.try_take()) {
      }
      if (ready[0].reason == reason) return;
    }
  };
  until(WaitReason::Message);
  writer.kill(SIGSTOP);
  until(WaitReason::DeadlineMissed);
  CHECK(subscriber.status().peers == 1);
  writer.kill(SIGCONT);
  until(WaitReason::Message);
  CHECK(subscriber.counts().lost() == 0);
}

TEST_CASE("a wait set that was stopped finds what came meanwhile, and what it lost", "[process]") {
  const TestDomain domain({.topics = {listed(kTopic, sizeof(Small), {.depth = 4})}});
  auto node = domain.open("writer");
  auto publisher = must(node.publisher<Small>(kTopic));
  auto reader = ChildProcess::start([&](Parent& parent) {
    auto own = need(parent, Node::open(domain.node("reader")));
    auto set = need(parent, own.wait_set());
    auto subscriber = need(parent, own.subscriber<Small>(kTopic));
    std::uint64_t last = 0;
    need(parent, set.attach(subscriber, {.callback = [&] {
                              last = subscriber.try_take()->number;
                              if (last == 100) set.stop();
                            }}));
    parent.report("ready");
    parent.check(set.run().has_value(), "it runs until it is stopped");
    const SubscriberCounts counts = subscriber.counts();
    parent.check(counts.received + counts.lost() == 100, "all are accounted for");
    parent.check(counts.lost() != 0, "some are lost");
  });
  REQUIRE(reader.next_report() == "ready");
  REQUIRE(wait_until([&] { return publisher.subscriber_count() == 1; }));
  reader.kill(SIGSTOP);
  for (std::uint64_t number = 1; number <= 100; ++number) {
    must(publisher.send(numbered<Small>(1, number)));
  }
  reader.kill(SIGCONT);
  CHECK(reader.join() == kCleanExit);
}

TEST_CASE("a forked child's wait set answers Forked and leaves the parent's alone", "[process]") {
  const TestDomain domain;
  const PoolObserver pool(domain.path());
  {
    auto node = std::make_optional(domain.open("parent"));
    auto publisher = std::make_optional(must(node->publisher<Small>(kTopic)));
    auto subscriber = std::make_optional(must(node->subscriber<Small>(kTopic)));
    auto set = std::make_optional(must(node->wait_set()));
    const auto id = must(set->attach(*subscriber));
    auto event = must(set->add_event());
    const PoolUsage before = pool.usage();
    auto child = ChildProcess::start([&](Parent& parent) {
      const auto forked = [](const auto& result) {
        return !result && result.error().code() == Errc::Forked;
      };
      parent.check(forked(set->wait(kWatchdog)), "it does not wait");
      parent.check(forked(set->run()), "it does not run");
      parent.check(forked(set->add_event()), "no event is added");
      parent.check(forked(set->add_interval(1ms)), "no interval is added");
      parent.check(forked(node->wait_set()), "no set is made");
      event.trigger();
      set->stop();
      subscriber.reset();
      set.reset();
      event.trigger();
      publisher.reset();
      node.reset();
    });
    REQUIRE(child.join() == kCleanExit);
    CHECK(pool.usage() == before);
    CHECK(must(set->wait(0ns)).empty());
    must(publisher->send(numbered<Small>(1, 1)));
    check_next(*set, id, WaitReason::Message);
  }
  CHECK(pool.becomes_empty());
}

TEST_CASE("a process that dies in a wait set's sleep leaves nothing", "[process]") {
  const TestDomain domain;
  const PoolObserver pool(domain.path());
  auto reader = ChildProcess::start([&](Parent& parent) {
    auto node = need(parent, Node::open(domain.node("reader")));
    auto set = need(parent, node.wait_set());
    auto subscriber = need(parent, node.subscriber<Small>(kTopic));
    need(parent, set.attach(subscriber));
    parent.report("waiting");
    (void)set.wait(std::chrono::nanoseconds::max());
  });
  REQUIRE(reader.next_report() == "waiting");
  reader.kill(SIGKILL);
  REQUIRE(reader.join() == killed_by(SIGKILL));
  CHECK(pool.becomes_empty());
}

}  // namespace tarn::test
