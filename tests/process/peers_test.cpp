// Who waits for peers while processes die, fork, and brokers come and go; and how each end learns
// whether a peer closed or died.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

#include <tarn/tarn.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/watchdog.hpp"

namespace tarn::test {

namespace {

using namespace std::chrono_literals;

constexpr const char* kTopic = "topic";

TestDomain domain_of_topic() {
  return TestDomain({.topics = {listed(kTopic, sizeof(Small), {.depth = 4, .publishers = 4})}});
}

// Has one end of the topic until it is told to go, which it does in order, or is killed.
template <typename Make>
ChildProcess start_peer(const TestDomain& domain, Make make) {
  auto child = ChildProcess::start([&domain, make](Parent& parent) {
    auto node = need(parent, Node::open(domain.node("peer")));
    auto end = std::make_optional(need(parent, make(node)));
    parent.report("there");
    parent.wait_for_go();
    end.reset();
  });
  REQUIRE(child.next_report() == "there");
  return child;
}

ChildProcess start_reader(const TestDomain& domain) {
  return start_peer(domain, [](Node& node) { return node.subscriber<Small>(kTopic); });
}
ChildProcess start_writer(const TestDomain& domain) {
  return start_peer(domain, [](Node& node) { return node.publisher<Small>(kTopic); });
}

void end_one_of_each_kind(ChildProcess& closing, ChildProcess& dying) {
  closing.go();
  REQUIRE(closing.join() == kCleanExit);
  dying.kill(SIGKILL);
  REQUIRE(dying.join() == killed_by(SIGKILL));
}

}  // namespace

TEST_CASE("a publisher tells subscribers that closed from those that died", "[process][peers]") {
  TestDomain domain = domain_of_topic();
  auto node = domain.open("node");
  auto publisher = must(node.publisher<Small>(kTopic));
  auto closing = start_reader(domain);
  auto dying = start_reader(domain);
  REQUIRE(publisher.wait_for_subscribers(2, kWatchdog));
  end_one_of_each_kind(closing, dying);
  REQUIRE(wait_until([&] { return publisher.status().peers == 0; }));
  const EndpointStatus status = publisher.status();
  CHECK(status.matched == 2);
  CHECK(status.unmatched == 1);
  CHECK(status.peers_gone == 1);
}

TEST_CASE("a subscriber tells publishers that closed from those that died", "[process][peers]") {
  TestDomain domain = domain_of_topic();
  auto node = domain.open("node");
  auto subscriber = must(node.subscriber<Small>(kTopic));
  auto closing = start_writer(domain);
  auto dying = start_writer(domain);
  REQUIRE(subscriber.wait_for_publishers(2, kWatchdog));
  end_one_of_each_kind(closing, dying);
  REQUIRE(wait_until([&] { return subscriber.status().peers == 0; }));
  const EndpointStatus status = subscriber.status();
  CHECK(status.matched == 2);
  CHECK(status.unmatched == 1);
  CHECK(status.peers_gone == 1);
}

TEST_CASE("peers that go while there is no broker are counted by the next one",
          "[process][peers]") {
  TestDomain domain = domain_of_topic();
  auto node = domain.open("node");
  auto publisher = must(node.publisher<Small>(kTopic));
  auto subscriber = must(node.subscriber<Small>(kTopic));
  auto reader = start_reader(domain);
  auto closing = start_writer(domain);
  auto dying = start_writer(domain);
  REQUIRE(publisher.wait_for_subscribers(2, kWatchdog));
  REQUIRE(subscriber.wait_for_publishers(3, kWatchdog));
  domain.kill_broker();
  CHECK_FALSE(publisher.status().broker_there);
  CHECK(publisher.status().broker_gone == 1);
  end_one_of_each_kind(closing, dying);
  reader.kill(SIGKILL);
  CHECK(reader.join() == killed_by(SIGKILL));
  CHECK(domain.start_broker() == broker::PoolOrigin::Adopted);
  REQUIRE(wait_until(
      [&] { return publisher.status().peers_gone == 1 && subscriber.status().peers == 1; }));
  const EndpointStatus read = publisher.status();
  CHECK(read.matched == 2);
  CHECK(read.unmatched == 0);
  CHECK(read.peers == 1);
  CHECK(read.broker_gone == 1);
  CHECK(read.broker_there);
  const EndpointStatus wrote = subscriber.status();
  CHECK(wrote.matched == 3);
  CHECK(wrote.unmatched == 1);
  CHECK(wrote.peers_gone == 1);
  domain.kill_broker();
  CHECK(subscriber.status().broker_gone == 2);
  CHECK_FALSE(subscriber.status().broker_there);
}

TEST_CASE("waiting for peers goes on while brokers come and go", "[process][peers]") {
  TestDomain domain = domain_of_topic();
  auto node = domain.open("node");
  auto publisher = must(node.publisher<Small>(kTopic));
  auto subscriber = must(node.subscriber<Small>(kTopic));
  domain.kill_broker();
  const auto alone = publisher.wait_for_subscribers(2, 20ms);
  REQUIRE_FALSE(alone);
  CHECK(to_string(alone.error().code()) == to_string(Errc::TimedOut));
  bool read = false;
  bool wrote = false;
  std::thread publishing([&] { read = publisher.wait_for_subscribers(2, kWatchdog).has_value(); });
  std::thread reading([&] { wrote = subscriber.wait_for_publishers(2, kWatchdog).has_value(); });
  CHECK(domain.start_broker() == broker::PoolOrigin::Adopted);
  auto other = domain.open("other");
  {
    auto second_reader = must(other.subscriber<Small>(kTopic));
    auto second_writer = must(other.publisher<Small>(kTopic));
    publishing.join();
    reading.join();
  }
  CHECK(read);
  CHECK(wrote);
  CHECK(publisher.counts().safety_wakeups == 0);
  CHECK(subscriber.counts().safety_wakeups == 0);
}

TEST_CASE("a forked child does not wait for its parent's peers", "[process][peers]") {
  TestDomain domain = domain_of_topic();
  auto node = domain.open("node");
  auto publisher = must(node.publisher<Small>(kTopic));
  auto subscriber = must(node.subscriber<Small>(kTopic));
  auto child = ChildProcess::start([&](Parent& parent) {
    const auto readers = publisher.wait_for_subscribers(1, kWatchdog);
    parent.check(!readers && readers.error().code() == Errc::Forked, "the publisher is forked");
    const auto writers = subscriber.wait_for_publishers(1, kWatchdog);
    parent.check(!writers && writers.error().code() == Errc::Forked, "the subscriber is forked");
    parent.check(publisher.status() == EndpointStatus{}, "the publisher's status says nothing");
    parent.check(subscriber.status() == EndpointStatus{}, "the subscriber's status says nothing");
  });
  CHECK(child.join() == kCleanExit);
  CHECK(publisher.wait_for_subscribers(1, kWatchdog));
  CHECK(subscriber.wait_for_publishers(1, kWatchdog));
}

TEST_CASE("who waits for peers learns that the pool was given up", "[process][peers]") {
  TestDomain domain = domain_of_topic();
  auto node = domain.open("node");
  auto publisher = must(node.publisher<Small>(kTopic));
  auto subscriber = must(node.subscriber<Small>(kTopic));
  Result<void> read;
  Result<void> wrote;
  std::thread publishing([&] { read = publisher.wait_for_subscribers(2, kWatchdog); });
  std::thread reading([&] { wrote = subscriber.wait_for_publishers(2, kWatchdog); });
  domain.kill_broker();
  std::filesystem::remove(domain.path() + "/pool");
  CHECK(domain.start_broker() == broker::PoolOrigin::Created);
  publishing.join();
  reading.join();
  REQUIRE_FALSE(read);
  CHECK(to_string(read.error().code()) == to_string(Errc::DomainReset));
  REQUIRE_FALSE(wrote);
  CHECK(to_string(wrote.error().code()) == to_string(Errc::DomainReset));
}

}  // namespace tarn::test
