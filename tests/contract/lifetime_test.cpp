// What is left when one side goes.
#include <cstdint>
#include <optional>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/contract/transport.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"

namespace tarn::test {

namespace {

constexpr const char* kTopic = "topic";

// One publisher and one subscriber, each with a node of its own, and places for no more.
template <typename M>
struct Sides {
  explicit Sides(const TransportKind& kind)
      : transport(kind.open(
            {.topics = {listed(kTopic, sizeof(M), {.depth = 8, .subscribers = 1, .held = 4})}})) {
    open_publisher();
    open_subscriber();
    REQUIRE(meet(*publisher, *subscriber));
  }

  void open_publisher() {
    publishing = must(transport->open_publishing("publishing"));
    publisher = must(publishing->template publisher<M>(kTopic));
  }
  void close_publisher() {
    publisher.reset();
    publishing.reset();
  }
  void open_subscriber() {
    reading = must(Node::open(transport->reading_node("reading")));
    subscriber = must(reading->template subscriber<M>(kTopic));
  }
  void close_subscriber() {
    subscriber.reset();
    reading.reset();
  }
  void publish(std::uint32_t writer, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t number = first; number <= last; ++number) {
      must(publisher->send(numbered<M>(writer, number)));
    }
  }
  Sample<M> take() {
    auto sample = subscriber->wait_take(kWatchdog);
    REQUIRE(sample);
    return sample;
  }

  std::unique_ptr<Transport> transport;
  std::optional<TestedNode> publishing;
  std::optional<Node> reading;
  std::optional<TestedPublisher<M>> publisher;
  std::optional<Subscriber<M>> subscriber;
};

}  // namespace

TEMPLATE_TEST_CASE("a sample that is held outlives its publisher", "[contract]", Small, Large) {
  Sides<TestType> sides(GENERATE(from_range(transports())));
  sides.publish(1, 1, 2);
  const auto one = sides.take();
  const auto two = sides.take();
  sides.close_publisher();
  // Those after it must not get its memory.
  for (std::uint32_t writer = 2; writer < 6; ++writer) {
    sides.open_publisher();
    sides.publish(writer, 1, 20);
    sides.close_publisher();
  }
  CHECK(one->writer == 1);
  CHECK(one->number == 1);
  CHECK(is_intact(*one));
  CHECK(two->writer == 1);
  CHECK(two->number == 2);
  CHECK(is_intact(*two));
}

TEMPLATE_TEST_CASE("a sample that is held outlives its subscriber and its node", "[contract]",
                   Small, Large) {
  Sides<TestType> sides(GENERATE(from_range(transports())));
  sides.publish(1, 1, 1);
  const auto sample = sides.take();
  sides.close_subscriber();
  sides.publish(1, 2, 100);
  CHECK(sample->number == 1);
  CHECK(is_intact(*sample));
}

TEMPLATE_TEST_CASE("messages that wait outlive their publisher", "[contract]", Small, Large) {
  Sides<TestType> sides(GENERATE(from_range(transports())));
  sides.publish(1, 1, 5);
  sides.close_publisher();
  for (std::uint64_t number = 1; number <= 5; ++number) {
    const auto sample = sides.take();
    CHECK(sample->number == number);
    CHECK(is_intact(*sample));
  }
  CHECK_FALSE(sides.subscriber->try_take());
  CHECK(wait_until([&] { return sides.subscriber->publisher_count() == 0; }));
  CHECK(sides.subscriber->counts().lost() == 0);
}

TEMPLATE_TEST_CASE("messages nobody read do not keep a publisher's place", "[contract]", Small,
                   Large) {
  Sides<TestType> sides(GENERATE(from_range(transports())));
  std::uint64_t published = 0;
  for (std::uint32_t writer = 0; writer < 20; ++writer) {
    sides.publish(writer, 1, 3);
    published += 3;
    sides.close_publisher();
    sides.open_publisher();
  }
  sides.publish(100, 1, 1);
  ++published;
  std::uint32_t last_writer = 0;
  while (last_writer != 100) {
    const auto sample = sides.take();
    CHECK(is_intact(*sample));
    last_writer = sample->writer;
  }
  while (sides.subscriber->try_take()) {
  }
  CHECK(sides.subscriber->counts().received + sides.subscriber->counts().lost() == published);
}

TEST_CASE("samples that are still held keep their subscriber's place until they are released",
          "[contract]") {
  // The memory behind them is planned for as many subscribers as the topic has, and not for more.
  Sides<Large> sides(GENERATE(from_range(transports())));
  for (std::uint64_t number = 1; number <= 10; ++number) {
    sides.publish(1, number, number);
    auto sample = sides.take();
    sides.close_subscriber();
    sides.reading = must(Node::open(sides.transport->reading_node("reading")));
    const auto refused = sides.reading->subscriber<Large>(kTopic);
    REQUIRE_FALSE(refused);
    CHECK(to_string(refused.error().code()) == to_string(Errc::TooManySubscribers));
    CHECK_THAT(refused.error().message(), contains_text("1 closed, but samples from it are still"));
    CHECK(sample->number == number);
    CHECK(is_intact(*sample));
    sample.release();
    sides.subscriber = must(sides.reading->subscriber<Large>(kTopic));
  }
}

TEST_CASE("a small message that was taken keeps nobody's place", "[contract]") {
  Sides<Small> sides(GENERATE(from_range(transports())));
  std::vector<Sample<Small>> taken;
  for (std::uint64_t number = 1; number <= 3; ++number) {
    sides.publish(1, number, number);
    taken.push_back(sides.take());
    sides.close_subscriber();
    sides.open_subscriber();
  }
  for (std::uint64_t number = 1; number <= 3; ++number) CHECK(is_intact(*taken[number - 1]));
}

}  // namespace tarn::test
