// What a subscriber that comes late relies on.
#include <cstdint>

#include <tarn/tarn.hpp>

#include "tests/contract/transport.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"

namespace tarn::test {

namespace {

constexpr const char* kTopic = "topic";
constexpr std::uint32_t kHistory = 6;

template <typename M>
struct Late {
  explicit Late(const TransportKind& kind)
      : transport(
            kind.open({.topics = {listed(kTopic, sizeof(M), {.depth = 8, .history = kHistory})}})),
        publishing(must(transport->open_publishing("publishing"))),
        reading(must(Node::open(transport->reading_node("reading")))),
        publisher(must(publishing.publisher<M>(kTopic))) {}

  void publish(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t number = first; number <= last; ++number) {
      must(publisher.send(numbered<M>(1, number)));
    }
  }
  // A subscriber with this history gets first..last, in order, and nothing else.
  void check_late(std::uint32_t history, std::uint64_t first, std::uint64_t last) {
    auto subscriber = must(reading.subscriber<M>(kTopic, {.history = history}));
    check_arrive(subscriber, first, last);
    CHECK(subscriber.counts().lost() == 0);
  }
  static void check_arrive(Subscriber<M>& subscriber, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t number = first; number <= last; ++number) {
      const auto sample = subscriber.wait_take(kWatchdog);
      REQUIRE(sample);
      CHECK(sample->number == number);
      CHECK(is_intact(*sample));
    }
    CHECK_FALSE(subscriber.try_take());
  }

  std::unique_ptr<Transport> transport;
  TestedNode publishing;
  Node reading;
  TestedPublisher<M> publisher;
};

}  // namespace

TEMPLATE_TEST_CASE("a late subscriber gets the newest messages, as many as it asked for",
                   "[contract]", Small, Large) {
  Late<TestType> late(GENERATE(from_range(transports())));
  late.publish(1, 20);
  for (std::uint32_t history = 1; history <= kHistory; ++history) {
    late.check_late(history, 21 - history, 20);
  }
}

TEMPLATE_TEST_CASE("a late subscriber that asks for no history gets none", "[contract]", Small,
                   Large) {
  Late<TestType> late(GENERATE(from_range(transports())));
  late.publish(1, 3);
  auto subscriber = must(late.reading.template subscriber<TestType>(kTopic));
  REQUIRE(meet(late.publisher, subscriber));
  CHECK_FALSE(subscriber.try_take());
  late.publish(4, 5);
  Late<TestType>::check_arrive(subscriber, 4, 5);
}

TEMPLATE_TEST_CASE("a late subscriber gets what there is when that is less than it asked for",
                   "[contract]", Small, Large) {
  Late<TestType> late(GENERATE(from_range(transports())));
  late.publish(1, 2);
  late.check_late(kHistory, 1, 2);
}

TEMPLATE_TEST_CASE("history and news come as one sequence", "[contract]", Small, Large) {
  Late<TestType> late(GENERATE(from_range(transports())));
  late.publish(1, 4);
  auto subscriber = must(late.reading.template subscriber<TestType>(kTopic, {.history = 3}));
  REQUIRE(meet(late.publisher, subscriber));
  late.publish(5, 6);
  Late<TestType>::check_arrive(subscriber, 2, 6);
  CHECK(subscriber.counts().history_received == 3);
  CHECK(subscriber.counts().received == 2);
}

TEMPLATE_TEST_CASE("subscribers with different histories do not disturb each other", "[contract]",
                   Small, Large) {
  Late<TestType> late(GENERATE(from_range(transports())));
  late.publish(1, 10);
  auto two = must(late.reading.template subscriber<TestType>(kTopic, {.history = 2}));
  auto four = must(late.reading.template subscriber<TestType>(kTopic, {.history = 4}));
  auto none = must(late.reading.template subscriber<TestType>(kTopic));
  REQUIRE(meet(late.publisher, none, 3));
  late.publish(11, 11);
  Late<TestType>::check_arrive(four, 7, 11);
  Late<TestType>::check_arrive(none, 11, 11);
  Late<TestType>::check_arrive(two, 9, 11);
}

TEST_CASE("more history than the topic keeps is refused with both numbers", "[contract]") {
  Late<Small> late(GENERATE(from_range(transports())));
  const auto refused = late.reading.subscriber<Small>(kTopic, {.history = kHistory + 1});
  REQUIRE_FALSE(refused);
  CHECK(to_string(refused.error().code()) == to_string(Errc::InvalidArgument));
  CHECK_THAT(refused.error().message(), contains_text("7"));
  CHECK_THAT(refused.error().message(), contains_text("6"));
}

TEST_CASE("a topic that is to keep more history than its queue holds is refused", "[contract]") {
  const TestDomain domain;
  broker::BrokerOptions options = domain.broker_options();
  options.rules.rules = {listed(kTopic, sizeof(Small), {.depth = 4, .history = 5})};
  const auto broker = broker::Broker::create(options);
  REQUIRE_FALSE(broker);
  CHECK(to_string(broker.error().code()) == to_string(Errc::InvalidConfig));
  CHECK_THAT(broker.error().message(), contains_text("topics.topic.history is 5"));
}

}  // namespace tarn::test
