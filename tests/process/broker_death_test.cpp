// The broker is a role: messages flow while nobody has it, and whoever takes it next finds everything
// in the pool.
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <tarn/tarn.hpp>

#include "tests/process/game.hpp"
#include "tests/process/scripted_publisher.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pass_set.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"

namespace tarn::test {

namespace {

constexpr const char* kTopic = "topic";
constexpr std::uint64_t kCalls = 500;

TestDomain two_publisher_domain() {
  return TestDomain({.topics = {listed(kTopic, sizeof(Large),
                                       {.depth = 8, .history = 4, .publishers = 2, .held = 4})}});
}

void check_next(Subscriber<Large>& subscriber, std::uint32_t writer, std::uint64_t number) {
  const auto sample = subscriber.wait_take(kWatchdog);
  REQUIRE(sample);
  CHECK(sample->writer == writer);
  CHECK(sample->number == number);
  CHECK(sample.lost_before() == 0);
  CHECK(is_intact(*sample));
}

template <typename M>
void check_game_across_brokers() {
  TestDomain domain;
  Game<M> game(domain.node({}));
  game.go_on(kCalls);
  const PassSet before(domain);
  for (int brokers = 0; brokers < 4; ++brokers) {
    domain.kill_broker();
    game.go_on(kCalls);
    CHECK(domain.start_broker() == broker::PoolOrigin::Adopted);
    game.go_on(kCalls);
    before.check();
  }
  game.finish();
}

}  // namespace

TEST_CASE("messages flow on while brokers die and others take over", "[process][broker]") {
  SECTION("small ones") { check_game_across_brokers<Small>(); }
  SECTION("in chunks") { check_game_across_brokers<Large>(); }
}

TEST_CASE("a broker that leaves in order leaves the pool to those who use it",
          "[process][broker]") {
  TestDomain domain;
  Game<Large> game(domain.node({}));
  game.go_on(kCalls);
  const PassSet before(domain);
  for (int brokers = 0; brokers < 4; ++brokers) {
    domain.stop_broker();
    game.go_on(kCalls);
    CHECK(domain.start_broker() == broker::PoolOrigin::Adopted);
    game.go_on(kCalls);
    before.check();
  }
  game.finish();
}

TEST_CASE("a subscriber that was there before the broker died reads publishers that come after it",
          "[process][broker]") {
  TestDomain domain = two_publisher_domain();
  auto node = domain.open("reader");
  auto subscriber = must(node.subscriber<Large>(kTopic));
  ScriptedPublisher<Large> before(domain, kTopic, {.writer = 1, .batches = {1, 1, 1}});
  before.publish_batch();
  check_next(subscriber, 1, 1);
  domain.kill_broker();
  before.publish_batch();
  check_next(subscriber, 1, 2);
  CHECK(domain.start_broker() == broker::PoolOrigin::Adopted);
  ScriptedPublisher<Large> after(domain, kTopic, {.writer = 2, .batches = {1}});
  after.publish_batch();
  check_next(subscriber, 2, 1);
  before.publish_batch();
  check_next(subscriber, 1, 3);
  CHECK(subscriber.publisher_count() == 2);
  // And the node made before can make things with the new broker.
  auto late = must(node.subscriber<Large>(kTopic, {.history = 1}));
  CHECK(late.publisher_count() == 2);
  CHECK(late.try_take());
  CHECK(late.try_take());
  CHECK_FALSE(late.try_take());
  before.close();
  after.close();
}

TEST_CASE("a publisher that dies while there is no broker is buried by the next one",
          "[process][broker]") {
  TestDomain domain = two_publisher_domain();
  const PoolObserver pool(domain.path());
  {
    auto node = domain.open("reader");
    auto subscriber = must(node.subscriber<Large>(kTopic));
    std::optional<ScriptedPublisher<Large>> publisher;
    publisher.emplace(domain, kTopic, Script{.writer = 1, .batches = {5}});
    const PassSet before(domain);
    domain.kill_broker();
    publisher->publish_batch();
    const auto held = subscriber.try_take();
    publisher->kill();
    REQUIRE(held);
    CHECK(is_intact(*held));
    CHECK(domain.start_broker() == broker::PoolOrigin::Adopted);
    for (std::uint64_t number = 2; number <= 5; ++number) check_next(subscriber, 1, number);
    CHECK_FALSE(subscriber.try_take());
    CHECK(subscriber.counts().received == 5);
    CHECK(subscriber.counts().lost() == 0);
    CHECK(is_intact(*held));
    // The sample that is held keeps the ring.
    before.check({.died = publisher->process().pid(),
                  .orphans = 1,
                  .pairs = {{.name = "writer1 -> reader",
                             .published = 5,
                             .received = subscriber.counts().received,
                             .lost = subscriber.counts().lost()}}});
    REQUIRE(wait_until([&] { return pool.usage().orphan_bytes > 0; }));
  }
  CHECK(pool.becomes_empty());
}

TEST_CASE("a held sample survives the SIGKILL of its publisher and of the broker",
          "[process][broker]") {
  TestDomain domain = two_publisher_domain();
  auto node = domain.open("reader");
  auto subscriber = must(node.subscriber<Large>(kTopic));
  ScriptedPublisher<Large> first(domain, kTopic, {.writer = 1, .batches = {1, 100}});
  first.publish_batch();
  const auto held = subscriber.wait_take(kWatchdog);
  REQUIRE(held);
  domain.kill_broker();
  first.publish_batch();
  first.kill();
  CHECK(domain.start_broker() == broker::PoolOrigin::Adopted);
  ScriptedPublisher<Large> second(domain, kTopic, {.writer = 2, .batches = {100}});
  second.publish_batch();
  CHECK(held->writer == 1);
  CHECK(held->number == 1);
  CHECK(is_intact(*held));
  second.close();
}

TEST_CASE("what is closed while there is no broker is given back to the next one",
          "[process][broker]") {
  TestDomain domain = two_publisher_domain();
  const PoolObserver pool(domain.path());
  auto visitor = ChildProcess::start([&](Parent& parent) {
    NodeOptions options = domain.node("visitor");
    options.timeout = std::chrono::milliseconds(50);  // nobody will answer the farewell
    {
      auto node = need(parent, Node::open(options));
      auto publisher = need(parent, node.publisher<Large>(kTopic));
      auto subscriber = need(parent, node.subscriber<Large>(kTopic));
      need(parent, publisher.send(numbered<Large>(1, 1)));
      parent.check(static_cast<bool>(subscriber.try_take()), "the message came");
      parent.report("open");
      parent.wait_for_go();
    }
    parent.report("closed");
    parent.wait_for_go();
  });
  REQUIRE(visitor.next_report() == "open");
  domain.kill_broker();
  visitor.go();
  REQUIRE(visitor.next_report() == "closed");
  visitor.go();
  REQUIRE(visitor.join() == kCleanExit);
  domain.start_broker();
  // The pool may have been made anew, for nobody was left in it.
  CHECK(PoolObserver(domain.path()).becomes_empty());
}

TEST_CASE("a second broker of a domain is refused and told who has the role", "[process][broker]") {
  const TestDomain domain;
  auto node = domain.open("node");
  const auto second = broker::Broker::create(domain.broker_options());
  REQUIRE_FALSE(second);
  CHECK(to_string(second.error().code()) == to_string(Errc::RoleTaken));
  CHECK_THAT(second.error().message(), contains_text(std::to_string(domain.broker_pid())));
  // The first one serves as before.
  CHECK(node.publisher<Small>("topic"));
  CHECK(domain.open("another").publisher<Small>("topic"));
}

TEST_CASE("a broker that finds nobody alive begins with a pool of its own", "[process][broker]") {
  TestDomain domain;
  const std::uint64_t before = PoolObserver(domain.path()).header().pool_id;
  {
    ScriptedPublisher<Small> publisher(domain, "topic", {.writer = 1, .batches = {1}});
    publisher.publish_batch();
    domain.kill_broker();
    publisher.kill();
  }
  CHECK(domain.start_broker() == broker::PoolOrigin::Recreated);
  const PoolObserver pool(domain.path());
  CHECK(pool.header().pool_id != before);
  CHECK(pool.usage() == PoolUsage{});
  CHECK(domain.open("node").publisher<Large>("topic"));
}

TEST_CASE("handles into a pool that was made anew say so", "[process][broker]") {
  TestDomain domain;
  auto node = domain.open("node");
  auto subscriber = must(node.subscriber<Small>("topic"));
  domain.kill_broker();
  // As if the machine's administrator had cleared the directory: the next broker finds nothing.
  std::filesystem::remove(domain.path() + "/pool");
  CHECK(domain.start_broker() == broker::PoolOrigin::Created);
  const auto publisher = node.publisher<Small>("topic");
  REQUIRE_FALSE(publisher);
  CHECK(to_string(publisher.error().code()) == to_string(Errc::DomainReset));
  CHECK(domain.open("another").publisher<Small>("topic"));
}

TEST_CASE("who lives when the file of all locks is removed is told that the pool is gone",
          "[process][broker]") {
  TestDomain domain;
  auto node = domain.open("node");
  auto publisher = must(node.publisher<Small>("topic"));
  auto subscriber = must(node.subscriber<Small>("topic"));
  must(publisher.send(numbered<Small>(1, 1)));
  domain.kill_broker();
  std::filesystem::remove(domain.path() + "/alive");
  // Nobody holds a lock in a new file, so everybody looks dead.
  CHECK(domain.start_broker() == broker::PoolOrigin::Recreated);
  // It looks once it has published: the one after knows.
  (void)publisher.send(numbered<Small>(1, 2));
  const auto sent = publisher.send(numbered<Small>(1, 3));
  REQUIRE_FALSE(sent);
  CHECK(to_string(sent.error().code()) == to_string(Errc::DomainReset));
  CHECK(domain.open("another").publisher<Small>("topic"));
}

TEST_CASE("the last one leaves an empty directory behind", "[process][broker]") {
  TestDomain domain;
  {
    auto node = domain.open("node");
    auto publisher = must(node.publisher<Large>("topic"));
    must(publisher.send(numbered<Large>(1, 1)));
  }
  domain.stop_broker();
  for (const auto& entry : std::filesystem::directory_iterator(domain.path())) {
    INFO(entry.path());
    CHECK(entry.path().filename() == "broker.lock");  // a lock file that went would be two locks
  }
}

}  // namespace tarn::test
