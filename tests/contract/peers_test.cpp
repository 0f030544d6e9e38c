// What both ends of a topic rely on when they wait for each other, and when they ask who has come and
// gone.
#include <chrono>
#include <optional>
#include <thread>

#include <tarn/tarn.hpp>

#include "tests/contract/transport.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/watchdog.hpp"

namespace tarn::test {

namespace {

using namespace std::chrono_literals;

constexpr const char* kTopic = "topic";

struct Ends {
  explicit Ends(const TransportKind& kind)
      : transport(
            kind.open({.topics = {listed(kTopic, sizeof(Small), {.depth = 4, .publishers = 3})}})),
        publishing(must(Node::open(transport->publishing_node("publishing")))),
        reading(must(Node::open(transport->reading_node("reading")))) {}

  std::unique_ptr<Transport> transport;
  Node publishing;
  Node reading;
};

template <typename Wait>
Errc code_of(const Wait& waited) {
  REQUIRE_FALSE(waited);
  return waited.error().code();
}

}  // namespace

TEST_CASE("who waits for peers that are there does not wait", "[contract][peers]") {
  Ends ends(GENERATE(from_range(transports_here())));
  auto publisher = must(ends.publishing.publisher<Small>(kTopic));
  CHECK(publisher.wait_for_subscribers(0, 0ns));
  auto subscriber = must(ends.reading.subscriber<Small>(kTopic));
  CHECK(publisher.wait_for_subscribers(1, kWatchdog));
  CHECK(publisher.wait_for_subscribers(1, 0ns));
  CHECK(subscriber.wait_for_publishers(1, kWatchdog));
  CHECK(subscriber.wait_for_publishers(1, 0ns));
}

TEST_CASE("waiting for peers ends at its deadline and says how many came", "[contract][peers]") {
  Ends ends(GENERATE(from_range(transports_here())));
  auto publisher = must(ends.publishing.publisher<Small>(kTopic));
  auto subscriber = must(ends.reading.subscriber<Small>(kTopic));
  const auto begun = std::chrono::steady_clock::now();
  const auto readers = publisher.wait_for_subscribers(2, 20ms);
  CHECK(code_of(readers) == Errc::TimedOut);
  CHECK(std::string(readers.error().message()).find("1 of 2 subscribers") != std::string::npos);
  const auto publishers = subscriber.wait_for_publishers(3, 20ms);
  CHECK(code_of(publishers) == Errc::TimedOut);
  CHECK(std::string(publishers.error().message()).find("1 of 3 publishers") != std::string::npos);
  CHECK(std::chrono::steady_clock::now() - begun >= 40ms);
  CHECK(publisher.counts().blocked == 0ns);
}

TEST_CASE("a publisher is woken by the subscriber it waits for, and no message to it is missed",
          "[contract][peers]") {
  Ends ends(GENERATE(from_range(transports_here())));
  for (std::uint32_t round = 0; round < 200; ++round) {
    auto publisher = must(ends.publishing.publisher<Small>(kTopic));
    std::thread waiting([&] {
      if (publisher.wait_for_subscribers(1, kWatchdog)) {
        (void)publisher.send(numbered<Small>(1, 1));
      }
    });
    auto subscriber = must(ends.reading.subscriber<Small>(kTopic));
    const auto sample = subscriber.wait_take(kWatchdog);
    waiting.join();
    REQUIRE(sample);
    CHECK(sample.sequence() == 1);
    CHECK(subscriber.counts().safety_wakeups == 0);
    CHECK(publisher.counts().safety_wakeups == 0);
  }
}

TEST_CASE("a subscriber is woken by the publisher it waits for", "[contract][peers]") {
  Ends ends(GENERATE(from_range(transports_here())));
  auto subscriber = must(ends.reading.subscriber<Small>(kTopic));
  for (std::uint32_t round = 0; round < 200; ++round) {
    bool came = false;
    std::thread waiting([&] { came = subscriber.wait_for_publishers(1, kWatchdog).has_value(); });
    {
      auto publisher = must(ends.publishing.publisher<Small>(kTopic));
      waiting.join();
    }
    CHECK(came);
    REQUIRE(wait_until([&] { return subscriber.status().peers == 0; }));
  }
  const EndpointStatus status = subscriber.status();
  CHECK(status.matched == 200);
  CHECK(status.unmatched == 200);
  CHECK(status.peers_gone == 0);
  CHECK(subscriber.counts().safety_wakeups == 0);
}

TEST_CASE("a publisher waits for the last of several subscribers", "[contract][peers]") {
  Ends ends(GENERATE(from_range(transports_here())));
  auto publisher = must(ends.publishing.publisher<Small>(kTopic));
  bool came = false;
  std::thread waiting([&] { came = publisher.wait_for_subscribers(3, kWatchdog).has_value(); });
  auto first = must(ends.reading.subscriber<Small>(kTopic));
  auto second = must(ends.reading.subscriber<Small>(kTopic));
  auto third = must(ends.reading.subscriber<Small>(kTopic));
  waiting.join();
  CHECK(came);
  CHECK(publisher.counts().safety_wakeups == 0);
}

TEST_CASE("a status counts peers that came and went between two looks", "[contract][peers]") {
  Ends ends(GENERATE(from_range(transports_here())));
  auto publisher = must(ends.publishing.publisher<Small>(kTopic));
  auto subscriber = std::make_optional(must(ends.reading.subscriber<Small>(kTopic)));
  CHECK(publisher.status().matched == 1);
  CHECK(publisher.status().peers == 1);
  CHECK(publisher.status().broker_there);
  for (int i = 0; i < 5; ++i) (void)must(ends.reading.subscriber<Small>(kTopic));
  EndpointStatus status = publisher.status();
  CHECK(status.matched == 6);
  CHECK(status.unmatched == 5);
  CHECK(status.peers == 1);
  for (int i = 0; i < 5; ++i) (void)must(ends.publishing.publisher<Small>(kTopic));
  status = subscriber->status();
  CHECK(status.matched == 6);
  CHECK(status.unmatched == 5);
  CHECK(status.peers_gone == 0);
  CHECK(status.peers == 1);
  CHECK(status.broker_gone == 0);
  // One that comes late knows nothing of those before it.
  auto late = must(ends.reading.subscriber<Small>(kTopic));
  CHECK(late.status().matched == 1);
  CHECK(late.status().unmatched == 0);
  subscriber.reset();
  CHECK(publisher.status().unmatched == 6);
}

TEST_CASE("a subscription that closes with samples held is no peer any more", "[contract][peers]") {
  Ends ends(GENERATE(from_range(transports_here())));
  constexpr const char* kLarge = "large";
  auto publisher = must(ends.publishing.publisher<Large>(kLarge));
  auto subscriber = std::make_optional(must(ends.reading.subscriber<Large>(kLarge)));
  REQUIRE(meet(publisher, *subscriber));
  must(publisher.send(numbered<Large>(1, 1)));
  auto held = subscriber->try_take();
  REQUIRE(held);
  subscriber.reset();
  EndpointStatus status = publisher.status();
  CHECK(status.peers == 0);
  CHECK(status.unmatched == 1);
  CHECK(code_of(publisher.wait_for_subscribers(1, 0ns)) == Errc::TimedOut);
  held.release();
  REQUIRE(wait_until([&] { return publisher.subscriber_count() == 0; }));
  CHECK(publisher.status() == status);
}

TEST_CASE("an eviction is in the status of both ends", "[contract][peers]") {
  const auto transport = GENERATE(from_range(transports_here()))
                             .open({.topics = {listed(kTopic, sizeof(Small),
                                                      {.depth = 2,
                                                       .overflow = directory::Overflow::Block,
                                                       .timeout = kWatchdog,
                                                       .evict_after = 1ms})}});
  auto publishing = must(Node::open(transport->publishing_node("publishing")));
  auto reading = must(Node::open(transport->reading_node("reading")));
  auto publisher = must(publishing.publisher<Small>(kTopic));
  auto subscriber = must(reading.subscriber<Small>(kTopic));
  CHECK(subscriber.status().evicted == 0);
  for (std::uint64_t i = 1; i <= 3; ++i) must(publisher.send(numbered<Small>(1, i)));
  CHECK(publisher.status().evicted == 1);
  CHECK(subscriber.status().evicted == 1);
}

TEST_CASE("a message says from which device it comes", "[contract]") {
  Ends ends(GENERATE(from_range(transports_here())));
  auto here = must(ends.publishing.publisher<Small>(kTopic));
  auto there = must(ends.publishing.publisher<Small>(kTopic, {.origin = 0xFEEDFACECAFEULL}));
  auto subscriber = must(ends.reading.subscriber<Small>(kTopic));
  must(here.send(numbered<Small>(1, 1)));
  CHECK(subscriber.wait_take(kWatchdog).publisher().origin_node == 0);
  must(there.send(numbered<Small>(2, 1)));
  CHECK(subscriber.wait_take(kWatchdog).publisher().origin_node == 0xFEEDFACECAFEULL);
}

}  // namespace tarn::test
