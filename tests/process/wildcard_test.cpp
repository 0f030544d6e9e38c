// Subscriptions to patterns while brokers, publishers and readers are killed: no message of a topic that
// came is missed, and nothing of a dead reader stays.
#include <chrono>
#include <csignal>
#include <map>
#include <string>

#include <tarn/tarn.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/watchdog.hpp"

namespace tarn::test {

namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kDepth = 8;

DomainOptions options() {
  DomainOptions options;
  options.defaults.depth = kDepth;
  options.defaults.orphans = 8;
  options.defaults.publishers = 4;
  options.limits.patterns = 2;
  return options;
}

// Publishes 1..count on the topic, and then is as it was told.
ChildProcess start_writer(const TestDomain& domain, const std::string& topic, std::uint64_t count) {
  return ChildProcess::start([&domain, topic, count](Parent& parent) {
    auto node = need(parent, Node::open(domain.node("writer")));
    {
      auto publisher = need(parent, node.publisher<Small>(topic));
      for (std::uint64_t i = 1; i <= count; ++i) {
        parent.check(publisher.send(numbered<Small>(1, i)).has_value(), "the message is sent");
      }
      parent.report("published");
      parent.wait_for_go();
    }
    parent.report("closed");
  });
}

void check_messages(WildcardSubscriber<Small>& subscriber, const std::string& topic,
                    std::uint64_t count) {
  for (std::uint64_t number = 1; number <= count; ++number) {
    const auto sample = subscriber.wait_take(kWatchdog);
    REQUIRE(sample);
    CHECK(std::string(sample.topic()) == topic);
    CHECK(sample->number == number);
    CHECK(sample.lost_before() == 0);
  }
}

}  // namespace

TEST_CASE("every message of publishers that come and are killed is read", "[process][wildcard]") {
  TestDomain domain(options());
  auto node = domain.open("reader");
  auto subscriber = must(node.wildcard_subscriber<Small>("task/*"));
  for (int round = 0; round < 20; ++round) {
    const std::string topic = "task/number_" + std::to_string(round % 3);
    auto writer = start_writer(domain, topic, kDepth);
    REQUIRE(writer.next_report() == "published");
    if (round % 2 == 0) {
      writer.kill(SIGKILL);
      CHECK(writer.join() == killed_by(SIGKILL));
    } else {
      writer.go();
      CHECK(writer.join() == kCleanExit);
    }
    check_messages(subscriber, topic, kDepth);
  }
  const WildcardCounts counts = subscriber.counts();
  CHECK(counts.messages.received == 20 * kDepth);
  CHECK(counts.messages.lost() == 0);
  CHECK(counts.messages.safety_wakeups == 0);
  CHECK(counts.refused_topics == 0);
}

TEST_CASE("a pattern survives its brokers, and reads topics that come after them",
          "[process][wildcard]") {
  TestDomain domain(options());
  auto node = domain.open("reader");
  auto subscriber = must(node.wildcard_subscriber<Small>("task/*"));
  auto early = domain.open("early");
  auto publisher = must(early.publisher<Small>("task/early"));
  for (std::uint64_t round = 1; round <= 5; ++round) {
    domain.kill_broker();
    must(publisher.send(numbered<Small>(1, round)));
    const auto sample = subscriber.wait_take(kWatchdog);
    REQUIRE(sample);
    CHECK(sample->number == round);
    CHECK(domain.start_broker() == broker::PoolOrigin::Adopted);
    const std::string topic = "task/number_" + std::to_string(round);
    auto writer = start_writer(domain, topic, kDepth);
    REQUIRE(writer.next_report() == "published");
    // It ends while there is no broker, or in order.
    if (round % 2 == 0) domain.kill_broker();
    writer.kill(SIGKILL);
    CHECK(writer.join() == killed_by(SIGKILL));
    check_messages(subscriber, topic, kDepth);
    if (round % 2 == 0) CHECK(domain.start_broker() == broker::PoolOrigin::Adopted);
    REQUIRE(wait_until([&] { return subscriber.topic_count() == 1; }));
  }
  const WildcardCounts counts = subscriber.counts();
  CHECK(counts.messages.received == 5 * (kDepth + 1));
  CHECK(counts.messages.lost() == 0);
  CHECK(counts.refused_topics == 0);
  CHECK(counts.messages.safety_wakeups == 0);
}

TEST_CASE("a reader that is killed leaves its patterns to others", "[process][wildcard]") {
  TestDomain domain(options());
  auto node = domain.open("writer");
  auto publisher = must(node.publisher<Large>("task/one"));
  for (int round = 1; round <= 10; ++round) {
    auto reader = ChildProcess::start([&](Parent& parent) {
      auto own = need(parent, Node::open(domain.node("reader")));
      auto first = need(parent, own.wildcard_subscriber<Large>("task/*"));
      auto second = need(parent, own.wildcard_subscriber<Large>("**"));
      parent.report("there");
      const auto held = first.wait_take(kWatchdog);
      parent.check(held.outcome() == TakeOutcome::Taken, "there is a message");
      parent.report("taken");
      (void)second.wait_take(std::chrono::nanoseconds::max());
      (void)second.wait_take(std::chrono::nanoseconds::max());
      parent.report("one too many");
    });
    REQUIRE(reader.next_report() == "there");
    REQUIRE(publisher.wait_for_subscribers(2, kWatchdog));
    must(publisher.send(numbered<Large>(1, 1)));
    REQUIRE(reader.next_report() == "taken");
    reader.kill(SIGKILL);
    CHECK(reader.join() == killed_by(SIGKILL));
    REQUIRE(wait_until([&] { return publisher.status().peers == 0; }));
    CHECK(publisher.status().peers_gone == 2 * static_cast<std::uint64_t>(round));
  }
  // Both patterns that there may be are free again.
  auto first = must(node.wildcard_subscriber<Large>("task/*"));
  CHECK(node.wildcard_subscriber<Large>("**"));
  must(publisher.send(numbered<Large>(1, 2)));
  CHECK(first.wait_take(kWatchdog));
}

// Topics come and go as fast as they can while the broker is killed again and again, so it dies in the
// middle of entering a pattern, of giving a subscription back, and of ending one. Where the writer is faster
// than the reader, rings that it has left have to make way: their messages are counted.
TEST_CASE("every message of a topic that came is received or counted while brokers are killed",
          "[process][wildcard]") {
  TestDomain domain(options());
  auto node = domain.open("reader");
  auto subscriber = must(node.wildcard_subscriber<Small>("task/*"));
  constexpr std::uint64_t kRounds = 300;
  auto writer = ChildProcess::start([&](Parent& parent) {
    auto own = need(parent, Node::open(domain.node("writer")));
    parent.report("there");
    for (std::uint64_t round = 0; round < kRounds; ++round) {
      const std::string topic = "task/number_" + std::to_string(round % 2);
      for (;;) {
        auto publisher = own.publisher<Small>(topic);
        if (!publisher) continue;  // there is no broker now
        for (std::uint64_t i = 1; i <= 3; ++i) (void)publisher->send(numbered<Small>(1, i));
        break;
      }
    }
    parent.report("done");
  });
  REQUIRE(writer.next_report() == "there");
  std::uint64_t received = 0;
  std::map<std::uint32_t, std::uint64_t> last;  // by the generation of the publisher's ring
  std::uint64_t out_of_order = 0;
  const bool accounted = wait_until([&] {
    while (const auto sample = subscriber.wait_take(20ms)) {
      std::uint64_t& before = last[sample.publisher().generation];
      if (sample->number != before + 1) ++out_of_order;
      before = sample->number;
      if (++received % 60 != 0) continue;
      domain.kill_broker();
      CHECK(domain.start_broker() == broker::PoolOrigin::Adopted);
    }
    return received + subscriber.counts().messages.lost() == 3 * kRounds;
  });
  REQUIRE(accounted);
  REQUIRE(writer.next_report() == "done");
  CHECK(writer.join() == kCleanExit);
  CHECK(out_of_order == 0);
  CHECK_FALSE(subscriber.try_take());
  const SubscriberCounts counts = subscriber.counts().messages;
  CHECK(counts.received == received);
  CHECK(counts.lost() == counts.lost_publisher_gone);
  CHECK(counts.safety_wakeups == 0);
}

TEST_CASE("a forked child has no part in its parent's pattern", "[process][wildcard]") {
  TestDomain domain(options());
  auto node = domain.open("node");
  auto subscriber = must(node.wildcard_subscriber<Small>("**"));
  auto publisher = must(node.publisher<Small>("topic"));
  must(publisher.send(numbered<Small>(1, 1)));
  auto child = ChildProcess::start([&](Parent& parent) {
    parent.check(subscriber.try_take().outcome() == TakeOutcome::Forked, "a take says so");
    parent.check(subscriber.wait_take(kWatchdog).outcome() == TakeOutcome::Forked,
                 "so does a wait");
    parent.check(subscriber.topic_count() == 0, "it reads nothing");
  });
  CHECK(child.join() == kCleanExit);
  CHECK(subscriber.wait_take(kWatchdog));
}

}  // namespace tarn::test
