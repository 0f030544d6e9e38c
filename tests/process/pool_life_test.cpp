// The life of a pool: what a starting broker makes of what it finds, and what its users learn when
// somebody removes it under them.
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include <tarn/observer.hpp>
#include <tarn/tarn.hpp>

#include "tests/process/host_domain.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"

namespace tarn::test {

namespace {

namespace fs = std::filesystem;

void exchange_one(Node& node) {
  auto publisher = must(node.publisher<Large>("topic"));
  auto subscriber = must(node.subscriber<Large>("topic"));
  must(publisher.send(numbered<Large>(1, 1)));
  const auto sample = subscriber.wait_take(kWatchdog);
  REQUIRE(sample);
  CHECK(is_intact(*sample));
}

// A process that is the broker of its domain until it is killed.
ChildProcess start_host(const HostDomain& domain) {
  auto host = ChildProcess::start([&](Parent& parent) {
    auto node = need(parent, Node::open(domain.node("host")));
    parent.report("ready");
    parent.wait_for_go();
  });
  REQUIRE(host.next_report() == "ready");
  return host;
}

// The broker notices the first removal and removes the rest itself, maybe under our hands.
void remove_directory(const std::string& path) {
  const bool gone = wait_until([&] {
    std::error_code ignored;
    fs::remove_all(path, ignored);
    return !fs::exists(path);
  });
  REQUIRE(gone);
}

// What an administrator does to a domain that gives trouble.
void remove_files(const HostDomain& domain) {
  SECTION("the whole directory") { remove_directory(domain.path()); }
  SECTION("the pool") { fs::remove(domain.path() + "/pool"); }
  SECTION("the lock") { fs::remove(domain.path() + "/broker.lock"); }
  SECTION("the socket") { fs::remove(domain.path() + "/broker.sock"); }
  SECTION("the bells") { fs::remove_all(domain.path() + "/bells"); }
  SECTION("the liveness file, replaced by another") {
    std::ofstream(domain.path() + "/other") << "x";
    fs::rename(domain.path() + "/other", domain.path() + "/alive");
  }
}

}  // namespace

TEST_CASE("everybody learns that the pool was removed, and can begin anew", "[process][embedded]") {
  const HostDomain domain;
  auto node = domain.open("old");
  auto publisher = must(node.publisher<Large>("topic"));
  auto subscriber = must(node.subscriber<Large>("topic"));
  auto observer = must(Observer::open({.runtime_directory = domain.path()}));
  must(publisher.send(numbered<Large>(1, 1)));
  remove_files(domain);
  REQUIRE(wait_until([] { return broker_threads() == 0; }));
  // What was published is still there.
  REQUIRE(subscriber.try_take());
  CHECK(subscriber.wait_take(kWatchdog).outcome() == TakeOutcome::DomainReset);
  CHECK(subscriber.try_take().outcome() == TakeOutcome::DomainReset);
  (void)publisher.send(numbered<Large>(1, 2));
  const auto sent = publisher.send(numbered<Large>(1, 3));
  REQUIRE_FALSE(sent);
  CHECK(sent.error().code() == Errc::DomainReset);
  CHECK(publisher.loan().error().code() == Errc::DomainReset);
  CHECK(observer.topics().error().code() == Errc::DomainReset);
  CHECK(node.publisher<Small>("new").error().code() == Errc::DomainReset);
  auto another = domain.open("new");
  exchange_one(another);
}

TEST_CASE("a publisher learns that the pool was removed although its reader has left",
          "[process][embedded]") {
  const HostDomain domain;
  auto node = domain.open("node");
  auto publisher = must(node.publisher<Small>("topic"));
  {
    auto subscriber = must(node.subscriber<Small>("topic"));
    remove_directory(domain.path());
    CHECK(subscriber.wait_take(kWatchdog).outcome() == TakeOutcome::DomainReset);
    CHECK(subscriber.read_latest().outcome() == TakeOutcome::DomainReset);
  }
  (void)publisher.send(numbered<Small>(1, 1));
  const auto sent = publisher.send(numbered<Small>(1, 2));
  REQUIRE_FALSE(sent);
  CHECK(sent.error().code() == Errc::DomainReset);
}

TEST_CASE("a wait set learns that its pool was removed", "[process][embedded]") {
  const HostDomain domain;
  auto node = domain.open("host");
  auto set = must(node.wait_set());
  auto subscriber = must(node.subscriber<Small>("topic"));
  must(set.attach(subscriber));
  auto event = must(set.add_event());
  remove_directory(domain.path());
  const auto waited = set.wait(kWatchdog);
  REQUIRE_FALSE(waited);
  CHECK(waited.error().code() == Errc::DomainReset);
  CHECK(set.run().error().code() == Errc::InvalidArgument);
  event.trigger();
  // What waits in this process is told all the same.
  CHECK(must(set.wait(std::chrono::nanoseconds(0))).size() == 1);
  auto another = domain.open("new");
  CHECK(must(another.wait_set()).counts().wakeups == 0);
}

TEST_CASE(
    "who used a pool that was removed while nobody had the role learns it from the next broker",
    "[process][embedded]") {
  const HostDomain domain;
  auto host = start_host(domain);
  auto node = domain.open("resident");
  auto publisher = must(node.publisher<Small>("topic"));
  auto subscriber = must(node.subscriber<Small>("topic"));
  host.kill(SIGKILL);
  REQUIRE(host.join() == killed_by(SIGKILL));
  remove_directory(domain.path());
  // By waiting it finds that there is no broker, becomes it, and hears from it that the pool is another.
  CHECK(subscriber.wait_take(kWatchdog).outcome() == TakeOutcome::DomainReset);
  CHECK(subscriber.try_take().outcome() == TakeOutcome::DomainReset);
  CHECK(publisher.send(numbered<Small>(1, 1)).error().code() == Errc::DomainReset);
  CHECK(publisher.loan().error().code() == Errc::DomainReset);
}

TEST_CASE("who waits for a message wakes up when the pool is removed", "[process][embedded]") {
  const HostDomain domain;
  auto node = domain.open("host");
  auto child = ChildProcess::start([&](Parent& parent) {
    auto reader = need(parent, Node::open(domain.node("reader")));
    auto subscriber = need(parent, reader.subscriber<Large>("topic"));
    parent.report("waiting");
    const auto sample = subscriber.wait_take(kWatchdog);
    parent.check(sample.outcome() == TakeOutcome::DomainReset, "it hears of the reset");
    parent.check(subscriber.counts().safety_wakeups == 0, "by its bell");
  });
  REQUIRE(child.next_report() == "waiting");
  remove_directory(domain.path());
  CHECK(child.join() == kCleanExit);
}

TEST_CASE("a program that becomes another one has left", "[process][embedded]") {
  const HostDomain domain;
  auto node = domain.open("host");
  auto child = ChildProcess::start([&](Parent& parent) {
    auto own = need(parent, Node::open(domain.node("child")));
    auto publisher = need(parent, own.publisher<Small>("topic"));
    parent.report("ready");
    ::execl("/bin/sleep", "sleep", "60", nullptr);
  });
  REQUIRE(child.next_report() == "ready");
  const PoolObserver pool(domain.path());
  CHECK(wait_until([&] { return pool.usage().clients == 1 && pool.usage().rings == 0; }));
  child.kill(SIGKILL);
  CHECK(child.join() == killed_by(SIGKILL));
}

TEST_CASE("a stopped broker is waited for once, not once for everything that is closed",
          "[process][embedded]") {
  const HostDomain domain;
  auto host = start_host(domain);
  const PoolObserver pool(domain.path());
  std::uint64_t connections = 0;
  {
    auto options = domain.node("resident");
    options.timeout = std::chrono::seconds(1);
    auto node = must(Node::open(options));
    std::vector<Publisher<Small>> publishers;
    for (int i = 0; i < 5; ++i) {
      publishers.push_back(must(node.publisher<Small>("topic/" + std::to_string(i))));
    }
    connections = pool.header().connections;
    host.kill(SIGSTOP);
    publishers.clear();
  }
  host.kill(SIGCONT);
  CHECK(wait_until([&] { return pool.usage().clients == 1 && pool.usage().rings == 0; }));
  // Each further wait would have begun with a connection of its own.
  CHECK(pool.header().connections == connections);
}

TEST_CASE("a broker makes a new pool of what a broken start left behind", "[process][embedded]") {
  const HostDomain domain;
  const std::string pool = domain.path() + "/pool";
  SECTION("a pool that was never completed") { std::ofstream(pool + ".new") << "half a pool"; }
  SECTION("an empty pool") { std::ofstream{pool}; }
  SECTION("a pool of nothing but zeroes") {
    std::ofstream{pool};
    fs::resize_file(pool, 1 << 20);
  }
  SECTION("a lock that nobody holds, with a pid in it") {
    std::ofstream(domain.path() + "/broker.lock") << "1\n";
  }
  SECTION("a socket that nobody listens on") {
    auto host = start_host(domain);
    host.kill(SIGKILL);
    REQUIRE(host.join() == killed_by(SIGKILL));
  }
  {
    auto node = domain.open("node");
    exchange_one(node);
  }
  CHECK(domain.files().empty());
}

TEST_CASE("a client that waits shows itself to the next broker before it sleeps again",
          "[process][broker]") {
  TestDomain domain;
  const PoolObserver pool(domain.path());
  auto child = ChildProcess::start([&](Parent& parent) {
    auto options = domain.node("reader");
    options.broker = BrokerUse::External;  // else it would be the next one
    auto node = need(parent, Node::open(options));
    auto subscriber = need(parent, node.subscriber<Small>("topic"));
    parent.report("waiting");
    parent.check(static_cast<bool>(subscriber.wait_take(kWatchdog)), "a message comes");
  });
  REQUIRE(child.next_report() == "waiting");
  for (int brokers = 1; brokers <= 3; ++brokers) {
    const std::uint64_t before = pool.header().connections;
    domain.kill_broker();
    CHECK(domain.start_broker() == broker::PoolOrigin::Adopted);
    CHECK(wait_until([&] { return pool.header().connections > before; }));
  }
  auto node = domain.open("writer");
  auto publisher = must(node.publisher<Small>("topic"));
  must(publisher.send(numbered<Small>(1, 1)));
  CHECK(child.join() == kCleanExit);
}

}  // namespace tarn::test
