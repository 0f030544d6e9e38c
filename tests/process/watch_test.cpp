// What an observer reads of a topic's messages from its own process, and what nobody notices of it.
#include <array>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <string>

#include <tarn/tarn.hpp>

#include "tests/process/scripted_publisher.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/test_domain.hpp"

namespace tarn::test {

namespace {

constexpr const char* kTopic = "watched";

Observer observe(const TestDomain& domain) {
  return must(Observer::open({.runtime_directory = domain.path(), .timeout = kWatchdog}));
}

template <typename M>
M as(const ObservedMessage& message) {
  REQUIRE(message.payload.size() == sizeof(M));
  M copy;
  std::memcpy(&copy, message.payload.data(), sizeof copy);
  return copy;
}

// The next message, which is that one, whole.
template <typename M>
ObservedMessage next(TopicWatch& watch, std::uint32_t writer, std::uint64_t number) {
  const auto message = must(watch.wait_next(kWatchdog));
  REQUIRE(message.has_value());
  const M content = as<M>(*message);
  REQUIRE(is_intact(content));
  REQUIRE(content.writer == writer);
  REQUIRE(content.number == number);
  REQUIRE(message->sequence == number);
  return *message;
}

// Of 1 MiB, so that a publisher comes round while it is copied.
struct Huge {
  std::uint32_t writer;
  std::uint32_t reserved;
  std::uint64_t number;
  std::array<std::uint64_t, (1 << 17) - 3> words;
  std::uint64_t checksum;
};
TARN_MESSAGE(Huge, writer, reserved, number, words, checksum)
static_assert(sizeof(Huge) == 1 << 20);

template <typename M>
void check_reading() {
  const TestDomain domain(
      {.topics = {listed(kTopic, sizeof(M), {.depth = 8, .publishers = 2, .subscribers = 1})}});
  auto node = domain.open("reader");
  auto subscriber = must(node.template subscriber<M>(kTopic));
  REQUIRE_FALSE(node.template subscriber<M>(kTopic));  // the topic is full
  const Observer observer = observe(domain);
  ScriptedPublisher<M> first(domain, kTopic, {.writer = 1, .batches = {3, 2, 12}});
  first.publish_batch();
  auto watch = must(observer.watch(kTopic));
  auto late = must(observer.watch(kTopic, {.history = 2}));
  CHECK_FALSE(must(watch.try_next()));
  first.publish_batch();
  next<M>(watch, 1, 4);
  const ObservedMessage message = next<M>(watch, 1, 5);
  CHECK(message.publisher_name == "writer1");
  CHECK(message.stamp_ns > 0);
  CHECK(message.lost_before == 0);
  next<M>(late, 1, 2);  // two from before, and those since
  next<M>(late, 1, 3);
  ScriptedPublisher<M> second(domain, kTopic, {.writer = 2, .batches = {2}});
  second.publish_batch();
  next<M>(watch, 2, 1);  // who comes later is read from its first message
  next<M>(watch, 2, 2);
  first.publish_batch();
  CHECK(next<M>(watch, 1, 10).lost_before == 4);  // 6 to 9: the ring has come round
  CHECK(watch.counts().missed == 4);
  CHECK(watch.counts().corrupt == 0);
  // The subscriber lost to the publisher, and nothing to the observer.
  std::uint64_t received = 0;
  while (subscriber.try_take()) ++received;
  CHECK(received == 8 + 2);
  first.kill();
  second.close();
}

}  // namespace

TEST_CASE("an observer reads a topic that is full, beside its subscriber", "[process]") {
  SECTION("of small messages") { check_reading<Small>(); }
  SECTION("of messages in chunks") { check_reading<Large>(); }
}

TEST_CASE("a watch follows a topic that goes and comes again with another type", "[process]") {
  const TestDomain domain;
  const Observer observer = observe(domain);
  const auto unknown = observer.watch(kTopic);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code() == Errc::NoTopic);
  auto first = std::make_optional(domain.open("first"));
  auto small = std::make_optional(must(first->publisher<Small>(kTopic)));
  auto watch = must(observer.watch(kTopic));
  CHECK(watch.type().name == "Small");
  CHECK(watch.type().fields == message_type<Small>().fields);
  small.reset();
  first.reset();
  REQUIRE(wait_until([&] { return must(observer.topics()).empty(); }));
  CHECK_FALSE(must(watch.try_next()));
  auto second = domain.open("second");
  auto large = must(second.publisher<Large>(kTopic));
  must(large.send(numbered<Large>(1, 1)));
  must(large.send(numbered<Large>(1, 2)));
  next<Large>(watch, 1, 1);
  next<Large>(watch, 1, 2);
  CHECK(watch.type().name == "Large");
}

TEST_CASE("a stopped observer costs nobody a message, a loan or a byte", "[process]") {
  constexpr std::uint32_t kDepth = 4;
  constexpr std::uint64_t kMessages = 200;
  const TestDomain domain({.topics = {listed(kTopic, sizeof(Large), {.depth = kDepth})}});
  auto node = domain.open("both");
  auto publisher = must(node.publisher<Large>(kTopic));
  auto subscriber = must(node.subscriber<Large>(kTopic));
  auto child = ChildProcess::start([&](Parent& parent) {
    const auto observer =
        need(parent, Observer::open({.runtime_directory = domain.path(), .timeout = kWatchdog}));
    auto watch = need(parent, observer.watch(kTopic));
    parent.report("watching");
    const auto message = need(parent, watch.wait_next(kWatchdog));
    parent.check(message.has_value(), "a message comes");
    parent.report("reading");
    std::uint64_t last = message->sequence;
    while (last < kMessages) {
      const auto more = need(parent, watch.wait_next(kWatchdog));
      parent.check(more && is_intact(as<Large>(*more)), "a whole message comes");
      last = more->sequence;
    }
    const WatchCounts& counts = watch.counts();
    parent.check(counts.received + counts.missed == kMessages, "every message is counted");
  });
  REQUIRE(child.next_report() == "watching");
  must(publisher.send(numbered<Large>(1, 1)));
  REQUIRE(subscriber.wait_take(kWatchdog));
  REQUIRE(child.next_report() == "reading");
  child.kill(SIGSTOP);
  for (std::uint64_t number = 2; number <= kMessages; ++number) {
    must(publisher.send(numbered<Large>(1, number)));
    const auto sample = subscriber.wait_take(kWatchdog);
    REQUIRE(sample);
  }
  CHECK(publisher.counts().loan_failures == 0);
  CHECK(publisher.counts().published == kMessages);
  CHECK(subscriber.counts().received == kMessages);
  CHECK(subscriber.counts().lost() == 0);
  child.kill(SIGCONT);
  CHECK(child.join() == kCleanExit);
}

TEST_CASE("an observer of a topic that is overwritten all the time gets whole messages only",
          "[process]") {
  const TestDomain domain(
      {.topics = {listed(kTopic, sizeof(Huge), {.depth = 1, .subscribers = 1})}});
  auto child = ChildProcess::start([&](Parent& parent) {
    auto node = need(parent, Node::open(domain.node("camera")));
    auto publisher = need(parent, node.publisher<Huge>(kTopic));
    parent.report("ready");
    for (std::uint64_t number = 1;; ++number) {
      auto loan = need(parent, publisher.loan());
      fill(*loan, 1, number);
      need(parent, publisher.publish(std::move(loan)));
    }
  });
  REQUIRE(child.next_report() == "ready");
  const Observer observer = observe(domain);
  auto watch = must(observer.watch(kTopic));
  const auto huge = std::make_unique<Huge>();
  REQUIRE(wait_until([&] {
    const auto message = must(watch.try_next());
    if (message) {
      std::memcpy(huge.get(), message->payload.data(), message->payload.size());
      REQUIRE(is_intact(*huge));
    }
    return watch.counts().received >= 20 && watch.counts().torn > 0;
  }));
  CHECK(watch.counts().corrupt == 0);
  child.kill(SIGKILL);
  CHECK(child.join() == killed_by(SIGKILL));
}

TEST_CASE("the limit of observers holds, and a watch keeps the place of its observer",
          "[process]") {
  const TestDomain domain({.limits = {.observers = 2}});
  auto node = domain.open("publisher");
  const auto publisher = must(node.publisher<Small>(kTopic));
  const auto open = [&] {
    return Observer::open({.runtime_directory = domain.path(), .timeout = kWatchdog});
  };
  const Observer first = must(open());
  std::optional<TopicWatch> watch;
  {
    const Observer second = must(open());
    watch.emplace(must(second.watch(kTopic)));
    const auto third = open();
    REQUIRE_FALSE(third);
    CHECK(third.error().code() == Errc::TooManyObservers);
    CHECK(std::string(third.error().message()).find("limits.observers") != std::string::npos);
  }
  CHECK_FALSE(open());
  CHECK_FALSE(must(watch->try_next()));  // it goes on
  watch.reset();
  CHECK(wait_until([&] { return open().has_value(); }));
}

TEST_CASE("a watch in a forked child or of a pool that is gone says so", "[process]") {
  TestDomain domain;
  auto node = std::make_optional(domain.open("publisher"));
  auto publisher = std::make_optional(must(node->publisher<Small>(kTopic)));
  const Observer observer = observe(domain);
  auto watch = must(observer.watch(kTopic));
  auto child = ChildProcess::start([&](Parent& parent) {
    const auto forked = watch.try_next();
    parent.check(!forked && forked.error().code() == Errc::Forked, "the child may not watch");
  });
  CHECK(child.join() == kCleanExit);
  publisher.reset();
  node.reset();
  domain.stop_broker();
  domain.start_broker();
  const auto gone = watch.wait_next(kWatchdog);
  REQUIRE_FALSE(gone);
  CHECK(gone.error().code() == Errc::DomainReset);
}

TEST_CASE("an observer tells of everybody on a topic", "[process]") {
  constexpr std::uint32_t kDepth = 4;
  const TestDomain domain({.topics = {listed(kTopic, sizeof(Large), {.depth = kDepth})}});
  auto node = domain.open("fusion");
  auto subscriber = must(node.subscriber<Large>(kTopic));
  ScriptedPublisher<Large> writer(domain, kTopic, {.writer = 1, .batches = {3, 7, 2}});
  const Observer observer = observe(domain);
  writer.publish_batch();
  const auto sample = subscriber.try_take();
  TopicDetail detail = must(observer.topic(kTopic));
  CHECK(detail.type.name == "Large");
  CHECK(detail.settings.depth == kDepth);
  CHECK(detail.settings.overflow == "drop_oldest");
  REQUIRE(detail.publishers.size() == 1);
  CHECK(detail.publishers[0].node == "writer1");
  CHECK(detail.publishers[0].pid == writer.process().pid());
  CHECK(detail.publishers[0].published == 3);
  CHECK(detail.publishers[0].bytes == 3 * sizeof(Large));
  CHECK(detail.publishers[0].newest_age.has_value());
  CHECK(detail.publishers[0].traffic.has_value());
  REQUIRE(detail.subscriptions.size() == 1);
  CHECK(detail.subscriptions[0].node == "fusion");
  CHECK(detail.subscriptions[0].lag == 2);
  CHECK(detail.subscriptions[0].held == 1);
  writer.publish_batch();
  CHECK(must(observer.topic(kTopic)).subscriptions[0].lag == 9);
  while (subscriber.try_take()) {
  }
  detail = must(observer.topic(kTopic));
  CHECK(detail.subscriptions[0].lag == 0);
  CHECK(detail.subscriptions[0].received == 1 + kDepth);
  CHECK(detail.subscriptions[0].lost_overwritten == 9 - kDepth);
  CHECK(detail.subscriptions[0].high_water == kDepth);
  CHECK(detail.status.lost == 9 - kDepth);
  writer.publish_batch();
  writer.kill();
  REQUIRE(wait_until([&] { return must(observer.topic(kTopic)).publishers[0].gone; }));
  CHECK(must(observer.topic(kTopic)).status.publishers == 0);
  const auto unknown = observer.topic("nobody/uses/it");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code() == Errc::NoTopic);
  CHECK(observer.topic("no topic").error().code() == Errc::InvalidTopic);
}

}  // namespace tarn::test
