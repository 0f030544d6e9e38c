// What publishers and subscribers rely on while messages flow.
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/contract/transport.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"

namespace tarn::test {

namespace {

constexpr const char* kTopic = "topic";

// Both ends over one of the transports, with as many publishers and subscribers as a case wants.
class Bench {
 public:
  explicit Bench(const TransportKind& kind, const plan::TopicRule& settings = {})
      : transport_(kind.open({.topics = {listed(kTopic, sizeof(Large), settings)}})),
        publishing_(must(transport_->open_publishing("publishing"))),
        reading_(must(Node::open(transport_->reading_node("reading")))) {}

  template <typename M>
  TestedPublisher<M> publisher() {
    return must(publishing_.publisher<M>(kTopic));
  }
  template <typename M>
  Subscriber<M> subscriber(const SubscriberOptions& options = {}) {
    return must(reading_.subscriber<M>(kTopic, options));
  }

 private:
  std::unique_ptr<Transport> transport_;
  TestedNode publishing_;
  Node reading_;
};

template <typename M>
void publish(TestedPublisher<M>& publisher, std::uint32_t writer, std::uint64_t first,
             std::uint64_t last) {
  for (std::uint64_t number = first; number <= last; ++number) {
    must(publisher.send(numbered<M>(writer, number)));
  }
}

// Exactly first..last come, in this order.
template <typename M>
void check_arrive(Subscriber<M>& subscriber, std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t number = first; number <= last; ++number) {
    const auto sample = subscriber.wait_take(kWatchdog);
    REQUIRE(sample);
    CHECK(sample->number == number);
    CHECK(is_intact(*sample));
  }
  CHECK_FALSE(subscriber.try_take());
}

}  // namespace

TEMPLATE_TEST_CASE("messages arrive in order, whoever comes first", "[contract]", Small, Large) {
  Bench bench(GENERATE(from_range(transports())));
  std::optional<TestedPublisher<TestType>> publisher;
  std::optional<Subscriber<TestType>> subscriber;
  SECTION("the subscriber") {
    subscriber = bench.subscriber<TestType>();
    publisher = bench.publisher<TestType>();
  }
  SECTION("the publisher") {
    publisher = bench.publisher<TestType>();
    subscriber = bench.subscriber<TestType>();
  }
  REQUIRE(meet(*publisher, *subscriber));
  publish(*publisher, 1, 1, 10);
  check_arrive(*subscriber, 1, 10);
  CHECK(subscriber->counts().received == 10);
  CHECK(subscriber->counts().lost() == 0);
}

TEMPLATE_TEST_CASE("every subscriber gets every publisher's messages once", "[contract]", Small,
                   Large) {
  constexpr std::uint32_t kPublishers = 4;
  constexpr std::uint32_t kSubscribers = 5;
  Bench bench(GENERATE(from_range(transports())),
              {.publishers = kPublishers, .subscribers = kSubscribers});
  std::vector<TestedPublisher<TestType>> publishers;
  std::vector<Subscriber<TestType>> subscribers;
  while (publishers.size() < kPublishers) publishers.push_back(bench.publisher<TestType>());
  while (subscribers.size() < kSubscribers) subscribers.push_back(bench.subscriber<TestType>());
  for (auto& publisher : publishers) {
    for (auto& subscriber : subscribers) {
      REQUIRE(meet(publisher, subscriber, kSubscribers, kPublishers));
    }
  }
  for (std::uint32_t writer = 0; writer < kPublishers; ++writer) {
    publish(publishers[writer], writer, 1, 8);
  }
  for (auto& subscriber : subscribers) {
    std::map<std::uint32_t, std::uint64_t> last;
    for (std::uint32_t i = 0; i < kPublishers * 8; ++i) {
      const auto sample = subscriber.wait_take(kWatchdog);
      REQUIRE(sample);
      CHECK(sample->number == ++last[sample->writer]);
      CHECK(is_intact(*sample));
    }
    CHECK(last.size() == kPublishers);
    CHECK_FALSE(subscriber.try_take());
  }
}

TEMPLATE_TEST_CASE("a full queue keeps the newest messages in order and counts the others",
                   "[contract]", Small, Large) {
  Bench bench(GENERATE(from_range(transports())), {.depth = 5});
  auto publisher = bench.publisher<TestType>();
  auto subscriber = bench.subscriber<TestType>();
  REQUIRE(meet(publisher, subscriber));
  publish(publisher, 1, 1, 12);
  {
    const auto sample = subscriber.wait_take(kWatchdog);
    REQUIRE(sample);
    CHECK(sample->number == 8);
    CHECK(sample.lost_before() == 7);
  }
  check_arrive(subscriber, 9, 12);
  CHECK(subscriber.counts().received == 5);
  CHECK(subscriber.counts().lost_overwritten == 7);
  // What has been counted is not counted again.
  publish(publisher, 1, 13, 13);
  check_arrive(subscriber, 13, 13);
  CHECK(subscriber.counts().lost() == 7);
}

TEMPLATE_TEST_CASE("each subscriber keeps as many messages as it asked for", "[contract]", Small,
                   Large) {
  Bench bench(GENERATE(from_range(transports())), {.depth = 8});
  auto publisher = bench.publisher<TestType>();
  auto one = bench.subscriber<TestType>({.depth = 1});
  auto three = bench.subscriber<TestType>({.depth = 3});
  auto all = bench.subscriber<TestType>();
  REQUIRE(meet(publisher, all, 3));
  publish(publisher, 1, 1, 20);
  check_arrive(one, 20, 20);
  check_arrive(three, 18, 20);
  check_arrive(all, 13, 20);
  CHECK(one.counts().lost_overwritten == 19);
  CHECK(three.counts().lost_overwritten == 17);
  CHECK(all.counts().lost_overwritten == 12);
}

TEMPLATE_TEST_CASE("a subscriber finds something exactly while something is there", "[contract]",
                   Small, Large) {
  Bench bench(GENERATE(from_range(transports())));
  auto publisher = bench.publisher<TestType>();
  auto subscriber = bench.subscriber<TestType>();
  REQUIRE(meet(publisher, subscriber));
  for (std::uint64_t round = 0; round < 5; ++round) {
    CHECK(subscriber.try_take().outcome() == TakeOutcome::Empty);
    CHECK(subscriber.wait_take(std::chrono::nanoseconds(0)).outcome() == TakeOutcome::Empty);
    publish(publisher, 1, 2 * round + 1, 2 * round + 2);
    check_arrive(subscriber, 2 * round + 1, 2 * round + 2);
  }
}

TEMPLATE_TEST_CASE("every sample names its publisher, its place and its time", "[contract]", Small,
                   Large) {
  Bench bench(GENERATE(from_range(transports())), {.publishers = 2});
  auto subscriber = bench.subscriber<TestType>();
  auto one = bench.publisher<TestType>();
  auto other = bench.publisher<TestType>();
  REQUIRE(meet(one, subscriber, 1, 2));
  const std::uint64_t before = stamp_now();
  std::map<std::uint32_t, PublisherIdentity> identity;
  std::map<std::uint32_t, std::uint64_t> stamp{{1, before}, {2, before}};
  for (std::uint64_t number = 1; number <= 5; ++number) {
    publish(one, 1, number, number);
    publish(other, 2, number, number);
  }
  for (int i = 0; i < 10; ++i) {
    const auto sample = subscriber.wait_take(kWatchdog);
    REQUIRE(sample);
    CHECK(sample.sequence() == sample->number);
    CHECK(sample.stamp_ns() >= stamp[sample->writer]);
    CHECK(sample.stamp_ns() <= stamp_now());
    stamp[sample->writer] = sample.stamp_ns();
    const auto known = identity.emplace(sample->writer, sample.publisher()).first;
    CHECK(known->second == sample.publisher());
  }
  CHECK(identity.at(1) != identity.at(2));
}

TEMPLATE_TEST_CASE("a publisher and a subscriber that were made anew are found again", "[contract]",
                   Small, Large) {
  Bench bench(GENERATE(from_range(transports())));
  std::optional<TestedPublisher<TestType>> publisher = bench.publisher<TestType>();
  std::optional<Subscriber<TestType>> subscriber = bench.subscriber<TestType>();
  for (std::uint64_t round = 0; round < 5; ++round) {
    REQUIRE(meet(*publisher, *subscriber));
    publish(*publisher, 1, 1, 3);
    check_arrive(*subscriber, 1, 3);
    if (round % 2 == 0) {
      publisher.reset();
      publisher = bench.publisher<TestType>();
    } else {
      subscriber.reset();
      subscriber = bench.subscriber<TestType>();
    }
  }
}

TEMPLATE_TEST_CASE("the latest message can be read again and again", "[contract]", Small, Large) {
  Bench bench(GENERATE(from_range(transports())));
  auto publisher = bench.publisher<TestType>();
  auto subscriber = bench.subscriber<TestType>();
  REQUIRE(meet(publisher, subscriber));
  CHECK(subscriber.read_latest().outcome() == TakeOutcome::Empty);
  publish(publisher, 1, 1, 6);
  for (int i = 0; i < 3; ++i) {
    const auto sample = subscriber.read_latest();
    REQUIRE(sample);
    CHECK(sample->number == 6);
    CHECK(is_intact(*sample));
  }
  CHECK(subscriber.counts().received == 1);
  CHECK(subscriber.counts().skipped == 5);
  CHECK(subscriber.counts().lost() == 0);
  publish(publisher, 1, 7, 8);
  check_arrive(subscriber, 7, 8);
}

}  // namespace tarn::test
