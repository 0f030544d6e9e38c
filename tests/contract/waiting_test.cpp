// What users rely on of calls that wait, and of calls that never do; and that whatever a subscriber does,
// its counts say what became of every message.
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/contract/transport.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/seed.hpp"

namespace tarn::test {

namespace {

using namespace std::chrono_literals;
using directory::Overflow;

constexpr const char* kTopic = "topic";

template <typename M>
struct Ends {
  explicit Ends(const TransportKind& kind, Overflow overflow = Overflow::DropOldest)
      : transport(
            kind.open({.topics = {listed(
                           kTopic, sizeof(M),
                           {.depth = 4, .publishers = 2, .overflow = overflow, .timeout = 10s})}})),
        publishing(must(transport->open_publishing("publishing"))),
        reading(must(Node::open(transport->reading_node("reading")))) {}

  TestedPublisher<M> publisher() { return must(publishing->template publisher<M>(kTopic)); }
  Subscriber<M> subscriber(const SubscriberOptions& options = {}) {
    return must(reading->template subscriber<M>(kTopic, options));
  }

  std::unique_ptr<Transport> transport;
  std::optional<TestedNode> publishing;
  std::optional<Node> reading;
};

std::uint64_t accounted(const SubscriberCounts& counts) {
  return counts.received + counts.lost() + counts.skipped;
}

}  // namespace

TEST_CASE("a wait ends no earlier than its time, and with a message no later than that",
          "[contract]") {
  Ends<Small> ends(GENERATE(from_range(transports())));
  auto publisher = ends.publisher();
  auto subscriber = ends.subscriber();
  REQUIRE(meet(publisher, subscriber));
  const auto start = std::chrono::steady_clock::now();
  SECTION("of so long") {
    CHECK(subscriber.wait_take(15ms).outcome() == TakeOutcome::Empty);
    CHECK(std::chrono::steady_clock::now() - start >= 15ms);
  }
  SECTION("until then") {
    CHECK(subscriber.wait_take_until(start + 15ms).outcome() == TakeOutcome::Empty);
    CHECK(std::chrono::steady_clock::now() - start >= 15ms);
  }
  SECTION("for ever") {
    std::thread later([&] {
      std::this_thread::sleep_for(5ms);
      (void)publisher.send(numbered<Small>(1, 1));
    });
    CHECK(subscriber.wait_take(std::chrono::nanoseconds::max()).sequence() == 1);
    later.join();
  }
  SECTION("that is over before it begins") {
    CHECK_FALSE(subscriber.wait_take(-1s));
    CHECK_FALSE(subscriber.wait_take_until(start - 1s));
    must(publisher.send(numbered<Small>(1, 1)));
    CHECK(subscriber.wait_take(-1s).sequence() == 1);
  }
}

TEST_CASE("whoever sleeps is woken by each message that it waits for", "[contract]") {
  Ends<Small> ends(GENERATE(from_range(transports())));
  auto publisher = ends.publisher();
  auto subscriber = ends.subscriber();
  REQUIRE(meet(publisher, subscriber));
  constexpr std::uint64_t kMessages = 200;
  std::thread answering([&] {
    for (std::uint64_t i = 1; i <= kMessages; ++i) {
      std::this_thread::sleep_for(100us);
      (void)publisher.send(numbered<Small>(1, i));
    }
  });
  std::uint64_t last = 0;
  while (last < kMessages) {
    const auto sample = subscriber.wait_take(kWatchdog);
    if (!sample || sample.sequence() != last + sample.lost_before() + 1) break;
    last = sample.sequence();
  }
  answering.join();
  CHECK(last == kMessages);
  CHECK(accounted(subscriber.counts()) == kMessages);
}

TEMPLATE_TEST_CASE("publishing for nobody succeeds and is nobody's loss", "[contract]", Small,
                   Large) {
  const auto overflow = GENERATE(Overflow::DropOldest, Overflow::Block, Overflow::Reject);
  Ends<TestType> ends(GENERATE(from_range(transports())), overflow);
  auto publisher = ends.publisher();
  std::uint64_t number = 0;
  SECTION("who has not come yet") {}
  SECTION("who has gone") {
    {
      auto subscriber = ends.subscriber();
      REQUIRE(meet(publisher, subscriber));
      must(publisher.send(numbered<TestType>(1, ++number)));
    }
    REQUIRE(wait_until([&] { return publisher.subscriber_count() == 0; }));
  }
  for (int i = 0; i < 20; ++i) {
    CHECK(must(publisher.send(numbered<TestType>(1, ++number))).woken == 0);
  }
  CHECK(publisher.counts().published == number);
  CHECK(publisher.counts().rejected == 0);
  auto late = ends.subscriber();
  REQUIRE(meet(publisher, late));
  must(publisher.send(numbered<TestType>(1, ++number)));
  CHECK(late.wait_take(kWatchdog).sequence() == number);
  CHECK(late.counts().lost() == 0);
}

TEST_CASE("a publisher of a topic that drops never waits, whatever it is told", "[contract]") {
  Ends<Small> ends(GENERATE(from_range(transports())));
  auto publisher = ends.publisher();
  auto subscriber = ends.subscriber();
  REQUIRE(meet(publisher, subscriber));
  for (std::uint64_t number = 1; number <= 20; ++number) {
    must(publisher.send(numbered<Small>(1, number), {.timeout = 1h}));
  }
  CHECK(publisher.counts().blocked == 0ns);
  CHECK(publisher.counts().rejected == 0);
  CHECK(subscriber.try_take().lost_before() == 16);
}

TEMPLATE_TEST_CASE("publishers and subscribers outlive their nodes", "[contract]", Small, Large) {
  Ends<TestType> ends(GENERATE(from_range(transports())));
  auto publisher = ends.publisher();
  auto subscriber = ends.subscriber();
  REQUIRE(meet(publisher, subscriber));
  ends.publishing.reset();
  ends.reading.reset();
  for (std::uint64_t number = 1; number <= 20; ++number) {
    must(publisher.send(numbered<TestType>(1, number)));
    const auto sample = subscriber.wait_take(kWatchdog);
    REQUIRE(sample);
    CHECK(sample->number == number);
  }
}

TEMPLATE_TEST_CASE("received, lost and passed over are all that was published, whatever one does",
                   "[contract]", Small, Large) {
  const auto overflow = GENERATE(Overflow::DropOldest, Overflow::Reject);
  Ends<TestType> ends(GENERATE(from_range(transports())), overflow);
  auto one = ends.publisher();
  auto other = ends.publisher();
  std::vector<Subscriber<TestType>> subscribers;
  subscribers.push_back(ends.subscriber());
  subscribers.push_back(ends.subscriber({.depth = 2}));
  subscribers.push_back(ends.subscriber({.reliability = Reliability::BestEffort}));
  for (auto& subscriber : subscribers) REQUIRE(meet(one, subscriber, 3, 2));
  std::mt19937 random(seed());
  std::uint64_t published = 0;
  for (int turn = 0; turn < 2000; ++turn) {
    auto& subscriber = subscribers[random() % subscribers.size()];
    switch (random() % 8) {
      case 0:
        (void)subscriber.read_latest();
        break;
      case 1:
      case 2:
        (void)subscriber.try_take();
        break;
      case 3:
        while (subscriber.try_take()) {
        }
        break;
      default:
        if ((random() % 2 == 0 ? one : other).send(numbered<TestType>(1, published))) ++published;
    }
  }
  for (auto& subscriber : subscribers) {
    while (subscriber.try_take()) {
    }
    CHECK(accounted(subscriber.counts()) == published);
  }
  CHECK(one.counts().published + other.counts().published == published);
  if (overflow == Overflow::Reject) CHECK(subscribers.front().counts().lost() == 0);
}

}  // namespace tarn::test
