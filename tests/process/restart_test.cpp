// Publishers and subscribers that go, in order or by SIGKILL, and come again: who stays sees the new
// ones without doing anything, and every message is accounted for.
#include <cstdint>
#include <map>
#include <string>

#include <tarn/tarn.hpp>

#include "tests/process/scripted_publisher.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"

namespace tarn::test {

namespace {

constexpr const char* kTopic = "imu";
constexpr std::uint32_t kDepth = 16;

TestDomain one_publisher_domain() {
  return TestDomain({.topics = {listed(kTopic, sizeof(Small), {.depth = kDepth})}});
}

enum class End { Closed, Killed };

void finish(ScriptedPublisher<Small>& publisher, End end) {
  if (end == End::Closed) {
    publisher.close();
  } else {
    publisher.kill();
  }
}

// Takes messages first..last of one writer, sleeping for each, and nothing else.
PublisherIdentity take_run(Subscriber<Small>& subscriber, std::uint32_t writer,
                           std::uint64_t last) {
  PublisherIdentity identity;
  for (std::uint64_t number = 1; number <= last; ++number) {
    const auto sample = subscriber.wait_take(kWatchdog);
    REQUIRE(sample);
    CHECK(sample->writer == writer);
    CHECK(sample->number == number);
    CHECK(sample.lost_before() == 0);
    identity = sample.publisher();
  }
  return identity;
}

void check_counts(const Subscriber<Small>& subscriber, std::uint64_t received) {
  CHECK(subscriber.counts().received == received);
  CHECK(subscriber.counts().lost() == 0);
  CHECK(subscriber.counts().safety_wakeups == 0);
}

}  // namespace

TEST_CASE("a subscriber reads every publisher that comes after another", "[process]") {
  const End end = GENERATE(End::Closed, End::Killed);
  const TestDomain domain = one_publisher_domain();
  auto node = domain.open("reader");
  auto subscriber = must(node.subscriber<Small>(kTopic));
  PublisherIdentity before;
  constexpr std::uint32_t kRestarts = 10;
  for (std::uint32_t writer = 1; writer <= kRestarts; ++writer) {
    ScriptedPublisher<Small> publisher(domain, kTopic, {.writer = writer, .batches = {5}});
    publisher.publish_batch();
    const PublisherIdentity identity = take_run(subscriber, writer, 5);
    CHECK(identity != before);
    before = identity;
    finish(publisher, end);
  }
  check_counts(subscriber, 5 * kRestarts);
  // The last ring is drained: the reader lets go of it by looking.
  REQUIRE(wait_until([&] { return subscriber.publisher_count() == 0; }));
}

TEST_CASE("what a publisher left behind is still read when its successor publishes", "[process]") {
  const End end = GENERATE(End::Closed, End::Killed);
  const TestDomain domain = one_publisher_domain();
  const PoolObserver pool(domain.path());
  auto node = domain.open("reader");
  auto subscriber = must(node.subscriber<Small>(kTopic));
  {
    ScriptedPublisher<Small> first(domain, kTopic, {.writer = 1, .batches = {kDepth}});
    first.publish_batch();
    finish(first, end);
  }
  ScriptedPublisher<Small> second(domain, kTopic, {.writer = 2, .batches = {kDepth}});
  second.publish_batch();
  // Both rings are full; each one's messages come in its own order.
  std::map<std::uint32_t, std::uint64_t> last;
  for (std::uint32_t i = 0; i < 2 * kDepth; ++i) {
    const auto sample = subscriber.try_take();
    REQUIRE(sample);
    CHECK(sample->number == ++last[sample->writer]);
    CHECK(is_intact(*sample));
  }
  CHECK(last[1] == kDepth);
  CHECK(last[2] == kDepth);
  CHECK_FALSE(subscriber.try_take());
  check_counts(subscriber, 2 * kDepth);
  // Nobody needs the first ring any more.
  CHECK(wait_until([&] { return pool.usage().rings == 1; }));
  CHECK(wait_until([&] { return pool.usage().orphan_bytes == 0; }));
}

TEST_CASE("a take passes over a publisher that has gone and finds who follows", "[process]") {
  const TestDomain domain(
      {.topics = {listed(kTopic, sizeof(Small), {.depth = kDepth, .publishers = 3})}});
  auto node = domain.open("everybody");
  auto subscriber = must(node.subscriber<Small>(kTopic));
  auto first = must(node.publisher<Small>(kTopic));
  auto third = [&] {
    auto second = must(node.publisher<Small>(kTopic));
    auto last = must(node.publisher<Small>(kTopic));
    for (auto* publisher : {&first, &second, &last}) REQUIRE(publisher->send(Small{}));
    for (int i = 0; i < 3; ++i) REQUIRE(subscriber.try_take());
    CHECK_FALSE(subscriber.try_take());
    return last;
  }();
  // The second one has gone. Its ring is drained and stands between the others.
  REQUIRE(third.send(Small{}));
  CHECK(subscriber.try_take());
  CHECK_FALSE(subscriber.try_take());
  CHECK(subscriber.publisher_count() == 2);
}

TEST_CASE("what a node closes without a broker is closed when the next one has come", "[process]") {
  TestDomain domain(
      {.topics = {listed(kTopic, sizeof(Small), {.depth = kDepth, .subscribers = 2})}});
  auto node = domain.open("stays");
  {
    auto publisher = must(node.publisher<Small>(kTopic));
    auto read = must(node.subscriber<Small>(kTopic));
    auto unread = must(node.subscriber<Small>(kTopic));
    REQUIRE(publisher.send(Small{}));
    REQUIRE(read.try_take());
    domain.kill_broker();
  }
  domain.start_broker();
  auto publisher = must(node.publisher<Small>(kTopic));
  auto first = must(node.subscriber<Small>(kTopic));
  auto second = must(node.subscriber<Small>(kTopic));
  REQUIRE(publisher.send(Small{}));
  CHECK(first.try_take());
  CHECK(second.try_take());
}

TEST_CASE("a sleeping subscriber is woken by a new publisher's first message", "[process]") {
  const TestDomain domain = one_publisher_domain();
  auto reader = ChildProcess::start([&](Parent& parent) {
    auto node = need(parent, Node::open(domain.node("reader")));
    auto subscriber = need(parent, node.subscriber<Small>(kTopic));
    parent.report("ready");
    for (std::uint32_t writer = 1; writer <= 20; ++writer) {
      const auto sample = subscriber.wait_take(kWatchdog);
      parent.check(sample && sample->writer == writer, "the next publisher's message comes");
      parent.report("taken");
    }
    parent.check(subscriber.counts().safety_wakeups == 0, "every wake-up was a bell");
  });
  REQUIRE(reader.next_report() == "ready");
  for (std::uint32_t writer = 1; writer <= 20; ++writer) {
    ScriptedPublisher<Small> publisher(domain, kTopic, {.writer = writer, .batches = {1}});
    publisher.publish_batch();
    // Killed with its message unread, or not: the message comes.
    publisher.kill();
    REQUIRE(reader.next_report() == "taken");
  }
  CHECK(reader.join() == kCleanExit);
}

TEST_CASE("a subscriber that comes again starts with what is published from then on", "[process]") {
  const End end = GENERATE(End::Closed, End::Killed);
  const TestDomain domain = one_publisher_domain();
  auto node = domain.open("writer");
  auto publisher = must(node.publisher<Small>(kTopic));
  std::uint64_t number = 0;
  for (std::uint32_t round = 0; round < 10; ++round) {
    auto reader = ChildProcess::start([&](Parent& parent) {
      auto own = need(parent, Node::open(domain.node("reader")));
      auto subscriber = need(parent, own.subscriber<Small>(kTopic));
      parent.report("ready");
      for (std::uint64_t next = number + 1; next <= number + 3; ++next) {
        const auto sample = subscriber.wait_take(kWatchdog);
        parent.check(sample && sample->number == next, "exactly what was published since");
      }
      parent.check(!subscriber.try_take(), "and nothing more");
      parent.check(subscriber.counts().received == 3 && subscriber.counts().lost() == 0,
                   "the counts agree");
      parent.report("taken");
      parent.wait_for_go();
    });
    REQUIRE(reader.next_report() == "ready");
    CHECK(publisher.subscriber_count() == 1);
    for (int i = 0; i < 3; ++i) must(publisher.send(numbered<Small>(1, ++number)));
    REQUIRE(reader.next_report() == "taken");
    if (end == End::Closed) {
      reader.go();
      REQUIRE(reader.join() == kCleanExit);
    } else {
      reader.kill(SIGKILL);
      REQUIRE(reader.join() == killed_by(SIGKILL));
    }
    REQUIRE(wait_until([&] { return publisher.subscriber_count() == 0; }));
    must(publisher.send(numbered<Small>(1, ++number)));  // nobody hears this one
  }
}

}  // namespace tarn::test
