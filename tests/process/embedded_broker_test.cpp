// No daemon: whoever needs a broker and finds none is it, on a thread of its own, and when it goes, in
// order or not, the next one that needs it takes over.
#include <signal.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/process/host_domain.hpp"
#include "tests/process/shared_word.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/skip.hpp"

namespace tarn::test {

namespace {

// A process that is the broker of its domain, until it is told to leave or killed.
ChildProcess start_host(const HostDomain& domain) {
  auto host = ChildProcess::start([&](Parent& parent) {
    {
      auto node = need(parent, Node::open(domain.node("host")));
      parent.check(broker_threads() == 1, "the first node of a domain is its broker");
      parent.report("ready");
      parent.wait_for_go();
    }
    parent.check(broker_threads() == 0, "the broker ends with the last node of its process");
    parent.report("left");
    parent.wait_for_go();
  });
  REQUIRE(host.next_report() == "ready");
  return host;
}

// One node's publisher and subscriber, and how many messages went from one to the other.
struct Pair {
  explicit Pair(Node& node)
      : publisher(must(node.publisher<Large>("pair"))),
        subscriber(must(node.subscriber<Large>("pair"))) {}

  void exchange() {
    must(publisher.send(numbered<Large>(1, ++number)));
    const auto sample = subscriber.wait_take(kWatchdog);
    REQUIRE(sample);
    CHECK(sample->number == number);
    CHECK(sample.lost_before() == 0);
  }

  Publisher<Large> publisher;
  Subscriber<Large> subscriber;
  std::uint64_t number = 0;
};

}  // namespace

TEST_CASE("a node opens a domain that has no broker, and nothing remains of it",
          "[process][embedded]") {
  const HostDomain domain;
  {
    auto node = domain.open("first");
    CHECK(broker_threads() == 1);
    CHECK(domain.files() ==
          HostDomain::Files{"alive", "bells", "broker.lock", "broker.sock", "pool"});
    Pair pair(node);
    pair.exchange();
    auto second = domain.open("second");
    CHECK(broker_threads() == 1);
    CHECK(must(second.subscriber<Large>("pair", {.history = 1})).try_take());
  }
  CHECK(broker_threads() == 0);
  CHECK(domain.files().empty());
}

TEST_CASE("publishers and subscribers keep the broker of their node going", "[process][embedded]") {
  const HostDomain domain;
  std::optional<Pair> pair;
  {
    auto node = domain.open("short-lived");
    pair.emplace(node);
  }
  CHECK(broker_threads() == 1);
  pair->exchange();
  pair.reset();
  CHECK(broker_threads() == 0);
  CHECK(domain.files().empty());
}

TEST_CASE("a node that asked for an external broker is none", "[process][embedded]") {
  const HostDomain domain;
  auto options = domain.node("client");
  options.broker = BrokerUse::External;
  const auto refused = Node::open(options);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::NoBroker);
  CHECK_THAT(refused.error().message(),
             contains_text(domain.path() + "/broker.sock") && contains_text("external"));
  auto host = domain.open("host");
  CHECK(Node::open(options));
}

TEST_CASE("only the owner of the runtime directory may be the broker", "[process][embedded]") {
  if (!is_root()) return skip("giving a directory to somebody else needs root");
  const HostDomain domain;
  constexpr uid_t kSomebody = 12345;
  REQUIRE(::chown(domain.path().c_str(), kSomebody, kSomebody) == 0);
  const auto refused = Node::open(domain.node("stranger"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::NoBroker);
  CHECK_THAT(refused.error().message(), contains_text("12345") && contains_text(domain.path()));
}

TEST_CASE("of many that start at once one is the broker and all are its clients",
          "[process][embedded]") {
  const HostDomain domain;
  constexpr std::size_t kMany = 8;
  std::vector<ChildProcess> children;
  for (std::size_t i = 0; i < kMany; ++i) {
    children.push_back(ChildProcess::start([&](Parent& parent) {
      parent.wait_for_go();
      auto node = need(parent, Node::open(domain.node("one of many")));
      parent.report(std::to_string(broker_threads()));
      parent.wait_for_go();
    }));
  }
  for (ChildProcess& child : children) child.go();
  int brokers = 0;
  for (ChildProcess& child : children) brokers += std::stoi(child.next_report());
  CHECK(brokers == 1);
  CHECK(PoolObserver(domain.path()).usage().clients == kMany);
  for (ChildProcess& child : children) {
    child.go();
    CHECK(child.join() == kCleanExit);
  }
  CHECK(domain.files().empty());
}

TEST_CASE("when the process with the broker goes, the next that needs it takes over",
          "[process][embedded]") {
  const HostDomain domain;
  auto host = start_host(domain);
  {
    auto node = domain.open("resident");
    Pair pair(node);
    pair.exchange();
    CHECK(broker_threads() == 0);
    SECTION("in order") {
      host.go();
      REQUIRE(host.next_report() == "left");
    }
    SECTION("killed") {
      host.kill(SIGKILL);
      REQUIRE(host.join() == killed_by(SIGKILL));
    }
    for (int i = 0; i < 20; ++i) pair.exchange();
    CHECK(broker_threads() == 0);
    auto late = must(node.subscriber<Large>("pair", {.history = 1}));
    CHECK(broker_threads() == 1);
    CHECK(late.try_take());
    pair.exchange();
    CHECK(wait_until([&] { return PoolObserver(domain.path()).usage().clients == 1; }));
  }
  CHECK(domain.files().empty());
}

TEST_CASE("a node that waits takes the role of a killed broker over", "[process][embedded]") {
  const HostDomain domain;
  auto host = start_host(domain);
  auto node = domain.open("resident");
  auto subscriber = must(node.subscriber<Small>("topic"));
  host.kill(SIGKILL);
  REQUIRE(host.join() == killed_by(SIGKILL));
  SECTION("in a long wait") {
    std::thread waiting([&] { (void)subscriber.wait_take(kWatchdog); });
    CHECK(wait_until([] { return broker_threads() == 1; }));
    auto other = domain.node("other");
    other.broker = BrokerUse::External;
    auto late = must(Node::open(other));
    must(must(late.publisher<Small>("topic")).send(numbered<Small>(1, 1)));
    waiting.join();
    CHECK(subscriber.counts().received == 1);
  }
  SECTION("in short ones") {
    CHECK(wait_until([&] {
      (void)subscriber.wait_take(std::chrono::milliseconds(5));
      return broker_threads() == 1;
    }));
  }
  CHECK(subscriber.counts().safety_wakeups == 0);
  CHECK(wait_until([&] { return PoolObserver(domain.path()).usage().clients == 1; }));
}

TEST_CASE("a node that waits for a pattern takes the role of a killed broker over",
          "[process][embedded]") {
  const HostDomain domain;
  auto host = start_host(domain);
  auto node = domain.open("resident");
  auto subscriber = must(node.wildcard_subscriber<Small>("sensor/**"));
  host.kill(SIGKILL);
  REQUIRE(host.join() == killed_by(SIGKILL));
  const std::chrono::milliseconds wait =
      GENERATE(std::chrono::milliseconds(5), std::chrono::milliseconds(5000));
  CHECK(wait_until([&] {
    (void)subscriber.wait_take(wait);
    return broker_threads() == 1;
  }));
}

TEST_CASE("the last to leave takes the pool along although the broker was killed",
          "[process][embedded]") {
  const HostDomain domain;
  auto host = start_host(domain);
  {
    auto node = domain.open("last");
    Pair pair(node);
    host.kill(SIGKILL);
    REQUIRE(host.join() == killed_by(SIGKILL));
    pair.exchange();
  }
  CHECK(domain.files().empty());
}

TEST_CASE("a forked child keeps neither the role nor anybody's connection", "[process][embedded]") {
  const HostDomain domain;
  auto host = ChildProcess::start([&](Parent& parent) {
    auto node = need(parent, Node::open(domain.node("host")));
    // It outlives its parent: ChildProcess would end it with its parent, so it is forked by hand.
    const int pid = ::fork();
    if (pid == 0) {
      ::pause();
      ::_exit(0);
    }
    // The broker goes on here.
    parent.check(need(parent, Node::open(domain.node("another"))).publisher<Small>("x").has_value(),
                 "the parent's broker answers");
    parent.report(std::to_string(pid));
    parent.wait_for_go();
  });
  const int child = std::stoi(host.next_report());
  auto node = domain.open("resident");
  Pair pair(node);
  host.kill(SIGKILL);
  REQUIRE(host.join() == killed_by(SIGKILL));
  // With the child's copies open it would wait for an answer until the watchdog barks.
  CHECK(must(node.subscriber<Large>("pair", {.history = 1})).publisher_count() == 1);
  CHECK(broker_threads() == 1);
  pair.exchange();
  ::kill(child, SIGKILL);
}

TEST_CASE("a forked child may be the broker when its parent is gone", "[process][embedded]") {
  const HostDomain domain;
  SharedWord parent_is_gone;
  SharedWord child_serves;
  auto host = ChildProcess::start([&](Parent& parent) {
    auto node = need(parent, Node::open(domain.node("host")));
    const int pid = ::fork();
    if (pid != 0) {
      parent.report(std::to_string(pid));
      parent.wait_for_go();
      return;
    }
    parent.check(broker_threads() == 0, "a child has no thread of its parent's");
    auto own = need(parent, Node::open(domain.node("child")));
    parent.check(broker_threads() == 0, "its parent is the broker");
    parent.report("joined");
    while (parent_is_gone.load() == 0) std::this_thread::yield();
    need(parent, own.publisher<Small>("topic"));
    parent.check(broker_threads() == 1, "now it is the broker itself");
    child_serves.store(1);
    ::pause();
  });
  const std::string first = host.next_report();
  const std::string second = host.next_report();
  const int child = std::stoi(first == "joined" ? second : first);
  host.kill(SIGKILL);
  REQUIRE(host.join() == killed_by(SIGKILL));
  parent_is_gone.store(1);
  CHECK(wait_until([&] { return child_serves.load() == 1; }));
  ::kill(child, SIGKILL);
}

TEST_CASE("a successor needs no configuration, whoever makes a pool needs a good one",
          "[process][embedded]") {
  const HostDomain domain;
  const TemporaryDirectory elsewhere;
  const std::string file = elsewhere.file("tarn.yaml");
  SECTION("one that does not hold") { std::ofstream(file) << "version: 1\npool: { sise: 8MiB }\n"; }
  SECTION("one for another domain") { std::ofstream(file) << "version: 1\ndomain: plant\n"; }
  auto host = start_host(domain);
  auto child = ChildProcess::start([&](Parent& parent) {
    ::setenv("TARN_CONFIG", file.c_str(), 1);
    auto node = need(parent, Node::open(domain.node("successor")));
    parent.report("ready");
    parent.wait_for_go();
    need(parent, node.publisher<Small>("topic"));
    parent.check(broker_threads() == 1, "it took over");
    parent.report("took over");
    parent.wait_for_go();
  });
  REQUIRE(child.next_report() == "ready");
  host.kill(SIGKILL);
  REQUIRE(host.join() == killed_by(SIGKILL));
  child.go();
  CHECK(child.next_report() == "took over");
  child.kill(SIGKILL);
  REQUIRE(child.join() == killed_by(SIGKILL));
  auto maker = ChildProcess::start([&](Parent& parent) {
    ::setenv("TARN_CONFIG", file.c_str(), 1);
    const auto refused = Node::open(domain.node("maker"));
    parent.check(!refused && refused.error().code() == Errc::InvalidConfig, "no pool is made");
  });
  CHECK(maker.join() == kCleanExit);
}

TEST_CASE("what an embedded broker has to say goes to the function of its node",
          "[process][embedded]") {
  const HostDomain domain;
  auto child = ChildProcess::start([&](Parent& parent) {
    static Parent* reader = nullptr;
    reader = &parent;
    auto options = domain.node("host");
    options.broker_log = [](std::string_view line) { reader->report(line); };
    auto node = need(parent, Node::open(options));
    parent.wait_for_go();
  });
  CHECK_THAT(child.next_report(), contains_text("made a pool of"));
  auto victim = ChildProcess::start([&](Parent& parent) {
    auto node = need(parent, Node::open(domain.node("victim")));
    parent.report("ready");
    parent.wait_for_go();
  });
  REQUIRE(victim.next_report() == "ready");
  victim.kill(SIGKILL);
  REQUIRE(victim.join() == killed_by(SIGKILL));
  CHECK_THAT(child.next_report(), contains_text("node 'victim'") && contains_text("is dead"));
  child.go();
  CHECK(child.join() == kCleanExit);
}

TEST_CASE("a runtime directory is named by an absolute path", "[process][embedded]") {
  auto options = HostDomain().node("node");
  options.runtime_directory = "run";
  const auto refused = Node::open(options);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::InvalidRuntime);
  CHECK_THAT(refused.error().message(), contains_text("'run'") && contains_text("absolute"));
}

TEST_CASE("an embedded broker goes by the file that TARN_CONFIG names", "[process][embedded]") {
  const HostDomain domain;
  const TemporaryDirectory elsewhere;
  const std::string file = elsewhere.file("tarn.yaml");
  std::ofstream(file) << "version: 1\npool: { size: 8MiB }\n"
                         "topics:\n  pair: { depth: 3, history: 2 }\n";
  auto child = ChildProcess::start([&](Parent& parent) {
    ::setenv("TARN_CONFIG", file.c_str(), 1);
    auto node = need(parent, Node::open(domain.node("configured")));
    const auto refused = node.subscriber<Small>("pair", {.depth = 4});
    parent.check(!refused && refused.error().code() == Errc::InvalidArgument, "depth is 3");
    parent.report("ready");
    parent.wait_for_go();
  });
  REQUIRE(child.next_report() == "ready");
  CHECK(PoolObserver(domain.path()).view().geometry().pool_bytes == 8U << 20);
  // The next one, which knows no file, goes by the same rules.
  auto node = domain.open("resident");
  child.kill(SIGKILL);
  REQUIRE(child.join() == killed_by(SIGKILL));
  const auto refused = node.subscriber<Small>("pair", {.depth = 4});
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message(), contains_text("topics.pair.depth"));
  CHECK(broker_threads() == 1);
}

TEST_CASE("an embedded broker reloads the file that TARN_CONFIG named when it was made",
          "[process][embedded]") {
  const HostDomain domain;
  const TemporaryDirectory elsewhere;
  const std::string file = elsewhere.file("tarn.yaml");
  const auto put = [&](const std::string& depth) {
    std::ofstream(file) << "version: 1\ntopics:\n  pair: { depth: " + depth + " }\n";
  };
  put("3");
  auto child = ChildProcess::start([&](Parent& parent) {
    ::setenv("TARN_CONFIG", file.c_str(), 1);
    auto node = need(parent, Node::open(domain.node("configured")));
    ::unsetenv("TARN_CONFIG");
    parent.report("ready");
    parent.wait_for_go();
  });
  REQUIRE(child.next_report() == "ready");
  auto observer = must(Observer::open({.runtime_directory = domain.path(), .timeout = kWatchdog}));
  put("5");
  CHECK(must(observer.reload(kWatchdog)).changed == std::vector<std::string>{"topics.pair"});
  put("0");
  CHECK_FALSE(must(observer.reload(kWatchdog)).findings.empty());
  CHECK(must(observer.pool()).reloads == 1);
  CHECK(must(observer.pool()).reloads_failed == 1);
  auto node = domain.open("user");
  const auto refused = node.subscriber<Small>("pair", {.depth = 6});
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message(), contains_text("the topic gives 5"));
  child.go();
  CHECK(child.join() == kCleanExit);
}

}  // namespace tarn::test
