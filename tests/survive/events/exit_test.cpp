// Programs that end while tarn is in use: exit() while threads sleep in every kind of wait, exit() and abort() in
// callbacks. The program ends with the code it gave, at once, and the domain is as if it had been killed.
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/process/host_domain.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/survive/events/exiting.hpp"

namespace tarn::test {

namespace {

using namespace std::chrono_literals;

constexpr int kCode = 5;
constexpr ChildEnd kOwnCode{.exit_code = kCode};
constexpr auto kForEver = std::chrono::nanoseconds::max();
constexpr const char* kQuiet = "quiet";
constexpr const char* kFull = "full";

TestDomain domain_to_wait_in() {
  return TestDomain(
      {.topics = {
           listed(kFull, sizeof(Small),
                  {.depth = 1, .overflow = directory::Overflow::Block, .timeout = kWatchdog})}});
}

// A thread per kind of wait, none of which ends. They are never joined.
class Sleepers {
 public:
  Sleepers(Parent& parent, const NodeOptions& options) : parent_(parent), options_(options) {
    start([](Node& node) { (void)node.subscriber<Small>(kQuiet)->wait_take(kForEver); });
    start(
        [](Node& node) { (void)node.wildcard_subscriber<Small>("none/**")->wait_take(kForEver); });
    start([](Node& node) {
      (void)node.publisher<Small>(kQuiet)->wait_for_subscribers(99, kForEver);
    });
    start([](Node& node) {
      (void)node.subscriber<Small>(kQuiet)->wait_for_publishers(99, kForEver);
    });
    start([](Node& node) {
      auto set = node.wait_set();
      auto subscriber = node.subscriber<Small>(kQuiet);
      (void)set->attach(*subscriber);
      (void)set->wait(kForEver);
    });
    start([](Node& node) {
      auto set = node.wait_set();
      (void)set->add_event([] {});
      (void)set->fd();
      (void)set->run();
    });
  }
  // One that waits for room; needs a topic that blocks.
  void wait_for_room() {
    start([](Node& node) {
      auto slow = node.subscriber<Small>(kFull);
      auto publisher = node.publisher<Small>(kFull);
      for (std::uint64_t number = 1;; ++number) {
        if (!publisher->send(numbered<Small>(1, number), {.timeout = kForEver})) return;
      }
    });
  }
  void wait_until_asleep() const {
    parent_.check(wait_until([this] { return begun_ == started_ && others_sleep(); }),
                  "all of them sleep");
  }

 private:
  void start(const std::function<void(Node&)>& wait) {
    ++started_;
    std::thread([this, wait] {
      auto node = Node::open(options_);
      if (!node) return;
      ++begun_;
      wait(*node);
      ::_exit(kCheckFailed);  // it was not to end
    }).detach();
  }
  static bool others_sleep() {
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
      if (task.path().filename() == std::to_string(::getpid())) continue;
      std::string stat;
      std::getline(std::ifstream(task.path() / "stat"), stat);
      const auto name_end = stat.rfind(')');
      if (name_end == std::string::npos || stat[name_end + 2] != 'S') return false;
    }
    return true;
  }

  Parent& parent_;
  NodeOptions options_;
  int started_ = 0;
  std::atomic<int> begun_{0};
};

enum class Way : std::uint8_t { Exit, QuickExit, ExitOnAThread };

void leave(Way way) {
  if (way == Way::Exit) exit_in_order(kCode);
  if (way == Way::QuickExit) std::quick_exit(kCode);
  std::thread([] { exit_in_order(kCode); }).join();
}

// A set whose callback ends the program.
void run_until(Node& node, WaitSet& set, const std::function<void()>& end) {
  auto subscriber = node.subscriber<Small>(kQuiet);
  auto publisher = node.publisher<Small>(kQuiet);
  (void)set.attach(*subscriber, {.callback = [&] {
    (void)subscriber->try_take();
    end();
  }});
  (void)publisher->send(numbered<Small>(1, 1));
  (void)set.run();
}

// Where a program without a frame for it keeps its things.
struct Globals {
  std::optional<Node> node;
  std::optional<WaitSet> set;
  std::optional<Subscriber<Small>> subscriber;
};
Globals& globals() {
  static Globals instance;
  return instance;
}

// Of the child that ends; a function of atexit gets no argument.
NodeOptions late_options;

// After the destructors of whatever the first node made that lives as long as the process.
void come_late() {
  auto node = Node::open(late_options);
  auto publisher = node ? node->publisher<Small>(kQuiet) : Failure(node.error());
  if (!publisher || !publisher->send(numbered<Small>(1, 1))) ::_exit(kCheckFailed);
}

}  // namespace

TEST_CASE("a program that exits while its threads wait ends with its own code",
          "[survive][events]") {
  const Way way = GENERATE(Way::Exit, Way::QuickExit, Way::ExitOnAThread);
  INFO("way " << static_cast<int>(way));
  SECTION("as a client") {
    const TestDomain domain = domain_to_wait_in();
    const PoolObserver pool(domain.path());
    auto child = ChildProcess::start([&](Parent& parent) {
      auto& sleepers = *new Sleepers(parent, domain.node("sleeping"));
      sleepers.wait_for_room();
      globals().node.emplace(need(parent, Node::open(domain.node("static"))));
      sleepers.wait_until_asleep();
      leave(way);
    });
    CHECK(child.join() == kOwnCode);
    CHECK(pool.becomes_empty());
  }
  SECTION("as the broker") {
    const HostDomain domain;
    auto child = ChildProcess::start([&](Parent& parent) {
      auto& sleepers = *new Sleepers(parent, domain.node("sleeping"));
      globals().node.emplace(need(parent, Node::open(domain.node("static"))));
      sleepers.wait_until_asleep();
      parent.check(broker_threads() == 1, "it is the broker");
      leave(way);
    });
    CHECK(child.join() == kOwnCode);
    CHECK(domain.open("next").publisher<Small>(kQuiet));
  }
}

TEST_CASE("a program may use tarn as long as it runs, in its last functions too",
          "[survive][events]") {
  const TestDomain domain;
  const PoolObserver pool(domain.path());
  auto child = ChildProcess::start([&](Parent& parent) {
    late_options = domain.node("late");
    parent.check(std::atexit(come_late) == 0, "a last function");
    { const auto first = need(parent, Node::open(domain.node("first"))); }
    exit_in_order(kCode);
  });
  CHECK(child.join() == kOwnCode);
  CHECK(pool.becomes_empty());
}

TEST_CASE("a program may end in a callback, wherever it keeps its wait set", "[survive][events]") {
  const TestDomain domain;
  const PoolObserver pool(domain.path());
  const bool in_static_place = GENERATE(false, true);
  INFO("in a static place: " << in_static_place);
  const auto run_and = [&](const std::function<void()>& end) {
    return ChildProcess::start([&, end](Parent& parent) {
      if (in_static_place) {
        globals().node.emplace(need(parent, Node::open(domain.node("static"))));
        globals().set.emplace(need(parent, globals().node->wait_set()));
        globals().subscriber.emplace(need(parent, globals().node->subscriber<Small>("other")));
        need(parent, globals().set->attach(*globals().subscriber, {.callback = [] {}}));
        run_until(*globals().node, *globals().set, end);
      } else {
        auto node = need(parent, Node::open(domain.node("local")));
        auto set = need(parent, node.wait_set());
        run_until(node, set, end);
      }
      parent.check(false, "the callback ends it");
    });
  };
  SECTION("by exit()") {
    auto child = run_and([] { exit_in_order(kCode); });
    CHECK(child.join() == kOwnCode);
  }
  SECTION("by abort()") {
    auto child = run_and([] {
      const rlimit no_core{};
      ::setrlimit(RLIMIT_CORE, &no_core);
      std::abort();
    });
    CHECK(child.join() == killed_by(SIGABRT));
  }
  CHECK(pool.becomes_empty());
}

TEST_CASE("a callback may destroy the wait set that calls it", "[survive][events]") {
  const TestDomain domain;
  const PoolObserver pool(domain.path());
  {
    auto node = domain.open("node");
    auto publisher = must(node.publisher<Small>(kQuiet));
    auto subscriber = must(node.subscriber<Small>(kQuiet));
    std::optional<WaitSet> set(must(node.wait_set()));
    int calls = 0;
    must(set->attach(subscriber, {.callback = [&] {
                       ++calls;
                       set.reset();
                       ++calls;  // what the callback holds is still there
                     }}));
    auto event = must(set->add_event([&] { calls += 100; }));
    must(publisher.send(numbered<Small>(1, 1)));
    event.trigger();
    const auto ended = set->run();
    CHECK(ended);
    CHECK(calls % 100 == 2);
    event.trigger();  // there is nobody any more
    // The subscriber is its own again.
    CHECK(subscriber.wait_take(kWatchdog));
    auto another = must(node.wait_set());
    CHECK(another.attach(subscriber));
  }
  CHECK(pool.becomes_empty());
}

}  // namespace tarn::test
