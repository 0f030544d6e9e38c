// A topic that drops the newest messages, while publishers, readers and the broker are killed or stopped:
// each message is received or counted, once, whatever step of a publish its publisher died in.
#include <chrono>
#include <csignal>
#include <cstdint>
#include <random>
#include <string>
#include <utility>

#include <tarn/tarn.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/effort.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/watchdog.hpp"

namespace tarn::test {

namespace {

constexpr const char* kTopic = "command";
constexpr std::uint32_t kDepth = 4;

template <typename M>
DomainOptions dropping() {
  return {.topics = {listed(kTopic, sizeof(M),
                            {.depth = kDepth,
                             .subscribers = 3,
                             .orphans = 4,
                             .overflow = directory::Overflow::DropNewest})}};
}

std::uint64_t accounted(const SubscriberCounts& counts) {
  return counts.received + counts.lost() + counts.skipped;
}

// Publishes for as long as it lives, once it is told to.
template <typename M>
ChildProcess start_publisher(const TestDomain& domain) {
  auto publisher = ChildProcess::start([&domain](Parent& parent) {
    auto node = need(parent, Node::open(domain.node("publishing")));
    auto own = need(parent, node.publisher<M>(kTopic));
    parent.report("ready");
    parent.wait_for_go();
    for (std::uint64_t number = 1;; ++number) {
      need(parent, own.send(numbered<M>(1, number)));
      if (number == 10 * kDepth) parent.report("publishing");
    }
  });
  REQUIRE(publisher.next_report() == "ready");
  return publisher;
}

// How many messages the only publisher there is, which is dead, has published.
std::uint64_t published_by_dead(const Observer& observer) {
  std::uint64_t published = 0;
  REQUIRE(wait_until([&] {
    const auto detail = must(observer.topic(kTopic));
    if (detail.publishers.size() != 1 || !detail.publishers.front().gone) return false;
    published = detail.publishers.front().published;
    return true;
  }));
  return published;
}

template <typename M>
std::uint64_t drain(Subscriber<M>& subscriber) {
  std::uint64_t last = 0;
  while (const auto sample = subscriber.try_take()) {
    CHECK(is_intact(*sample));
    CHECK(sample.sequence() == sample->number);
    CHECK(sample.sequence() > last);
    last = sample.sequence();
  }
  return last;
}

}  // namespace

TEMPLATE_TEST_CASE(
    "whatever a publisher was killed in, each of its messages is received or counted",
    "[process][drop_newest]", Small, Large) {
  TestDomain domain(dropping<TestType>());
  std::mt19937 random(seed());
  const Observer observer = must(Observer::open({.runtime_directory = domain.path()}));
  for (int round = 0; round < effort(200, 40); ++round) {
    INFO("round " << round);
    auto node = domain.open("reading");
    auto slow = must(node.template subscriber<TestType>(kTopic));
    auto fast = must(node.template subscriber<TestType>(kTopic));
    auto publisher = start_publisher<TestType>(domain);
    publisher.go();
    REQUIRE(publisher.next_report() == "publishing");
    for (auto takes = random() % 3000; takes > 0; --takes) (void)fast.try_take();
    publisher.kill(SIGKILL);
    REQUIRE(publisher.join() == killed_by(SIGKILL));
    const std::uint64_t published = published_by_dead(observer);
    drain(fast);
    drain(slow);
    CHECK(accounted(slow.counts()) == published);
    CHECK(accounted(fast.counts()) == published);
    CHECK(slow.counts().received <= kDepth + 1);
    CHECK(slow.counts().lost() == slow.counts().lost_refused);
    REQUIRE(wait_until([&] { return slow.publisher_count() + fast.publisher_count() == 0; }));
    CHECK(accounted(slow.counts()) == published);
    CHECK(fast.counts().safety_wakeups == 0);
  }
}

TEST_CASE("who sleeps is told of the last message of a publisher that was killed",
          "[process][drop_newest]") {
  TestDomain domain(dropping<Small>());
  const Observer observer = must(Observer::open({.runtime_directory = domain.path()}));
  for (int round = 0; round < effort(100, 20); ++round) {
    auto node = domain.open("reading");
    auto subscriber = must(node.subscriber<Small>(kTopic));
    auto publisher = start_publisher<Small>(domain);
    publisher.go();
    std::uint64_t last = 0;
    for (int i = 0; i < 100; ++i) last = subscriber.wait_take(kWatchdog).sequence();
    publisher.kill(SIGKILL);
    REQUIRE(publisher.join() == killed_by(SIGKILL));
    const std::uint64_t published = published_by_dead(observer);
    while (accounted(subscriber.counts()) < published) {
      const auto sample = subscriber.wait_take(kWatchdog);
      if (!sample) break;
      CHECK(sample.sequence() > last);
      last = sample.sequence();
    }
    CHECK(accounted(subscriber.counts()) == published);
    CHECK(subscriber.counts().safety_wakeups == 0);
  }
}

namespace {

// Takes one message each time it is told to.
ChildProcess start_reader(const TestDomain& domain) {
  auto reader = ChildProcess::start([&domain](Parent& parent) {
    auto node = need(parent, Node::open(domain.node("reading")));
    auto subscriber = need(parent, node.subscriber<Small>(kTopic));
    parent.report("ready");
    for (;;) {
      parent.wait_for_go();
      const auto sample = subscriber.wait_take(kWatchdog);
      parent.report(std::to_string(sample.sequence()) + " " + std::to_string(sample.lost_before()) +
                    " " + std::to_string(subscriber.counts().lost_refused));
    }
  });
  REQUIRE(reader.next_report() == "ready");
  return reader;
}

std::string take(ChildProcess& reader) {
  reader.go();
  return reader.next_report();
}

}  // namespace

TEST_CASE("a stopped reader costs its publisher nothing, keeps the oldest and knows what it missed",
          "[process][drop_newest]") {
  TestDomain domain(dropping<Small>());
  auto node = domain.open("publishing");
  auto publisher = must(node.publisher<Small>(kTopic));
  auto reader = start_reader(domain);
  REQUIRE(wait_until([&] { return publisher.subscriber_count() == 1; }));
  reader.kill(SIGSTOP);
  for (std::uint64_t number = 1; number <= 1000; ++number) {
    const Published published = must(publisher.send(numbered<Small>(1, number)));
    CHECK(published.refused == (number > kDepth ? 1U : 0U));
  }
  const auto observer = must(Observer::open({.runtime_directory = domain.path()}));
  CHECK(must(observer.topic(kTopic)).publishers.at(0).refused == 1000 - kDepth);
  reader.kill(SIGCONT);
  for (std::uint64_t sequence = 1; sequence <= kDepth; ++sequence) {
    CHECK(take(reader) == std::to_string(sequence) + " 0 996");
  }
  must(publisher.send(numbered<Small>(1, 1001)));
  CHECK(take(reader) == "1001 996 996");
  CHECK(must(observer.topic(kTopic)).subscriptions.at(0).lost_refused == 996);
}

TEST_CASE("a killed reader's place and memory serve the next one", "[process][drop_newest]") {
  TestDomain domain(dropping<Small>());
  auto node = domain.open("publishing");
  auto publisher = must(node.publisher<Small>(kTopic));
  std::uint64_t number = 0;
  for (std::uint64_t round = 0; round < 20; ++round) {
    auto reader = start_reader(domain);
    REQUIRE(wait_until([&] { return publisher.subscriber_count() == 1; }));
    const std::uint64_t before = number;
    for (std::uint64_t i = 0; i < kDepth; ++i) {
      CHECK(must(publisher.send(numbered<Small>(1, ++number))).refused == 0);
    }
    CHECK(must(publisher.send(numbered<Small>(1, ++number))).refused == 1);
    for (std::uint64_t i = 1; i <= round % (kDepth + 1); ++i) {
      CHECK(take(reader) == std::to_string(before + i) + " 0 1");
    }
    reader.kill(SIGKILL);
    CHECK(reader.join() == killed_by(SIGKILL));
    REQUIRE(wait_until([&] { return publisher.subscriber_count() == 0; }));
    CHECK(must(publisher.send(numbered<Small>(1, ++number))).refused == 0);
  }
  CHECK(publisher.counts().loan_failures == 0);
}

TEST_CASE("messages go on without a broker, and with the next one", "[process][drop_newest]") {
  TestDomain domain(dropping<Large>());
  auto node = domain.open("both");
  auto publisher = must(node.publisher<Large>(kTopic));
  auto subscriber = must(node.subscriber<Large>(kTopic));
  std::uint64_t number = 0;
  const auto send = [&](std::uint32_t count) {
    std::uint32_t refused = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      refused += must(publisher.send(numbered<Large>(1, ++number))).refused;
    }
    return refused;
  };
  CHECK(send(kDepth + 2) == 2);
  domain.kill_broker();
  CHECK(drain(subscriber) == kDepth);
  CHECK(send(kDepth + 3) == 3);
  CHECK(domain.start_broker() == broker::PoolOrigin::Adopted);
  CHECK(send(1) == 1);
  drain(subscriber);
  CHECK(accounted(subscriber.counts()) == number);
  auto other = domain.open("other");
  auto late = must(other.subscriber<Large>(kTopic));
  const std::uint64_t before = number;
  CHECK(send(kDepth + 1) == 2);
  CHECK(late.try_take().sequence() == before + 1);
  drain(late);
  drain(subscriber);
  CHECK(accounted(subscriber.counts()) == number);
  CHECK(accounted(late.counts()) == number - before);
}

}  // namespace tarn::test
