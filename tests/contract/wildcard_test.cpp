// What a subscription to a pattern of topic names relies on: topics that are there, that come, and that
// go and come again.
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/contract/transport.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"

namespace tarn::test {

namespace {

constexpr std::uint32_t kDepth = 8;

struct Ends {
  explicit Ends(const TransportKind& kind, DomainOptions options = {})
      : transport(kind.open(with_defaults(std::move(options)))),
        publishing(must(transport->open_publishing("publishing"))),
        reading(must(Node::open(transport->reading_node("reading")))) {}

  static DomainOptions with_defaults(DomainOptions options) {
    options.defaults.depth = kDepth;
    options.defaults.history = 4;
    return options;
  }

  std::unique_ptr<Transport> transport;
  TestedNode publishing;
  Node reading;
};

template <typename P>
void send(P& publisher, std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t i = first; i <= last; ++i) must(publisher.send(numbered<Small>(1, i)));
}

// The next message of `topic`, whatever else comes before.
template <typename S>
void check_next(S& subscriber, const std::string& topic, std::uint64_t number) {
  const auto sample = subscriber.wait_take(kWatchdog);
  REQUIRE(sample);
  CHECK(std::string(sample.topic()) == topic);
  CHECK(sample->number == number);
  CHECK(sample.lost_before() == 0);
}

void check_quiet(const WildcardCounts& counts) {
  CHECK(counts.messages.lost() == 0);
  CHECK(counts.messages.safety_wakeups == 0);
  CHECK(counts.refused_topics == 0);
  CHECK(counts.type_mismatches == 0);
}

}  // namespace

TEST_CASE("a pattern reads every topic that matches, each message with its topic's name",
          "[contract][wildcard]") {
  Ends ends(GENERATE(from_range(transports())));
  auto front = must(ends.publishing.publisher<Small>("sensor/front"));
  auto other = must(ends.publishing.publisher<Small>("motor/left"));
  auto subscriber = must(ends.reading.wildcard_subscriber<Small>("sensor/**"));
  CHECK(subscriber.topic_count() == 1);
  auto back = must(ends.publishing.publisher<Small>("sensor/rear/back"));
  send(other, 1, 1);
  send(front, 1, 2);
  check_next(subscriber, "sensor/front", 1);
  check_next(subscriber, "sensor/front", 2);
  send(back, 1, 1);
  check_next(subscriber, "sensor/rear/back", 1);
  CHECK(subscriber.topic_count() == 2);
  CHECK(subscriber.publisher_count() == 2);
  const auto none = subscriber.try_take();
  CHECK_FALSE(none);
  CHECK(none.topic().empty());
  CHECK(subscriber.counts().messages.received == 3);
  check_quiet(subscriber.counts());
}

TEST_CASE("a topic that comes is read from its first message", "[contract][wildcard]") {
  Ends ends(GENERATE(from_range(transports())));
  auto subscriber = must(ends.reading.wildcard_subscriber<Small>("sensor/*"));
  for (int i = 0; i < 20; ++i) {
    const std::string topic = "sensor/number_" + std::to_string(i);
    auto publisher = must(ends.publishing.publisher<Small>(topic));
    send(publisher, 1, kDepth);
    for (std::uint64_t number = 1; number <= kDepth; ++number) {
      check_next(subscriber, topic, number);
    }
  }
  check_quiet(subscriber.counts());
}

TEST_CASE("a topic may end and come again", "[contract][wildcard]") {
  Ends ends(GENERATE(from_range(transports())));
  auto subscriber = must(ends.reading.wildcard_subscriber<Small>("**"));
  for (std::uint64_t round = 1; round <= 20; ++round) {
    {
      auto publisher = must(ends.publishing.publisher<Small>("topic"));
      send(publisher, 1, 3);
    }
    for (std::uint64_t number = 1; number <= 3; ++number) {
      check_next(subscriber, "topic", number);
    }
    // Half of the time it is seen that the topic is over before it comes again.
    if (round % 2 == 0) {
      REQUIRE(wait_until([&] { return subscriber.topic_count() == 0; }));
    }
  }
  CHECK(subscriber.counts().messages.received == 60);
  check_quiet(subscriber.counts());
}

TEST_CASE("a topic that has ended is given up for good", "[contract][wildcard]") {
  // One topic at a time, and many of them.
  Ends ends(GENERATE(from_range(transports())), {.limits = {.topics = 3}});
  auto subscriber = must(ends.reading.wildcard_subscriber<Small>("task/**"));
  for (std::uint64_t round = 1; round <= 30; ++round) {
    const std::string topic = "task/number_" + std::to_string(round);
    {
      std::optional<TestedPublisher<Small>> publisher;
      REQUIRE(wait_until([&] {
        (void)subscriber.topic_count();
        auto made = ends.publishing.publisher<Small>(topic);
        if (made) publisher.emplace(std::move(*made));
        return made.has_value();
      }));
      send(*publisher, 1, 1);
    }
    check_next(subscriber, topic, 1);
  }
  check_quiet(subscriber.counts());
}

TEST_CASE("a pattern that comes late gets the history it asks for", "[contract][wildcard]") {
  Ends ends(GENERATE(from_range(transports())));
  auto publisher = must(ends.publishing.publisher<Small>("sensor/imu"));
  send(publisher, 1, 6);
  auto with = must(ends.reading.wildcard_subscriber<Small>("sensor/*", {.history = 2}));
  auto without = must(ends.reading.wildcard_subscriber<Small>("sensor/*"));
  // No topic gives more than it has.
  auto greedy = must(ends.reading.wildcard_subscriber<Small>("sensor/*", {.history = 100}));
  for (std::uint64_t number = 5; number <= 6; ++number) check_next(with, "sensor/imu", number);
  for (std::uint64_t number = 3; number <= 6; ++number) check_next(greedy, "sensor/imu", number);
  CHECK_FALSE(without.try_take());
  send(publisher, 7, 7);
  check_next(without, "sensor/imu", 7);
  check_next(with, "sensor/imu", 7);
  check_next(greedy, "sensor/imu", 7);
}

TEST_CASE("patterns that match one topic, and a plain subscription to it, each get everything",
          "[contract][wildcard]") {
  Ends ends(GENERATE(from_range(transports())));
  auto wide = must(ends.reading.wildcard_subscriber<Small>("**"));
  auto narrow = must(ends.reading.wildcard_subscriber<Small>("sensor/*"));
  auto plain = must(ends.reading.subscriber<Small>("sensor/imu"));
  auto publisher = must(ends.publishing.publisher<Small>("sensor/imu"));
  send(publisher, 1, 5);
  for (std::uint64_t number = 1; number <= 5; ++number) {
    check_next(wide, "sensor/imu", number);
    check_next(narrow, "sensor/imu", number);
    CHECK(plain.wait_take(kWatchdog).sequence() == number);
  }
  CHECK(wait_until([&] { return publisher.subscriber_count() == 3; }));
}

TEST_CASE("a topic of another type is counted and not read", "[contract][wildcard]") {
  Ends ends(GENERATE(from_range(transports())));
  auto before = must(ends.publishing.publisher<Large>("sensor/camera"));
  auto subscriber = must(ends.reading.wildcard_subscriber<Small>("sensor/*"));
  CHECK(subscriber.counts().type_mismatches == 1);
  auto after = must(ends.publishing.publisher<Large>("sensor/lidar"));
  auto again = must(ends.publishing.publisher<Large>("sensor/lidar"));
  auto imu = must(ends.publishing.publisher<Small>("sensor/imu"));
  send(imu, 1, 1);
  check_next(subscriber, "sensor/imu", 1);
  CHECK(subscriber.counts().type_mismatches == 2);
  CHECK(subscriber.topic_count() == 1);
}

TEST_CASE("a topic that has no place left is counted as refused", "[contract][wildcard]") {
  Ends ends(GENERATE(from_range(transports())),
            {.topics = {listed("full", sizeof(Small), {.subscribers = 1})}});
  auto only = must(ends.reading.subscriber<Small>("full"));
  auto subscriber = must(ends.reading.wildcard_subscriber<Small>("*"));
  auto publisher = must(ends.publishing.publisher<Small>("full"));
  auto other = must(ends.publishing.publisher<Small>("other"));
  send(publisher, 1, 1);
  send(other, 1, 1);
  check_next(subscriber, "other", 1);
  CHECK(only.wait_take(kWatchdog));
  CHECK(subscriber.counts().refused_topics == 1);
  CHECK(subscriber.counts().messages.received == 1);
}

TEST_CASE("each topic of a pattern has its own samples to hold, and they outlive it",
          "[contract][wildcard]") {
  Ends ends(GENERATE(from_range(transports())));
  auto one = must(ends.publishing.publisher<Large>("one"));
  auto other = must(ends.publishing.publisher<Large>("other"));
  auto subscriber =
      std::make_optional(must(ends.reading.wildcard_subscriber<Large>("*", {.held = 1})));
  must(one.send(numbered<Large>(1, 1)));
  must(other.send(numbered<Large>(1, 2)));
  std::vector<WildcardSample<Large>> held;
  for (int i = 0; i < 2; ++i) {
    held.push_back(subscriber->wait_take(kWatchdog));
    REQUIRE(held.back());
  }
  must(one.send(numbered<Large>(1, 3)));
  CHECK(subscriber->wait_take(kWatchdog).outcome() == TakeOutcome::TooManyHeld);
  subscriber.reset();
  for (std::uint64_t i = 4; i < 4 + 2 * kDepth; ++i) must(one.send(numbered<Large>(1, i)));
  for (const auto& sample : held) CHECK(is_intact(*sample));
}

TEST_CASE("a pattern reads reliably where a topic allows it", "[contract][wildcard]") {
  Ends ends(
      GENERATE(from_range(transports())),
      {.topics = {listed("cmd", sizeof(Small),
                         {.depth = 2, .history = 1, .overflow = directory::Overflow::Reject})}});
  auto subscriber =
      must(ends.reading.wildcard_subscriber<Small>("**", {.reliability = Reliability::Reliable}));
  auto command = must(ends.publishing.publisher<Small>("cmd"));
  auto sensor = must(ends.publishing.publisher<Small>("sensor"));
  send(command, 1, 2);
  CHECK_FALSE(command.send(numbered<Small>(1, 3)));
  send(sensor, 1, 1);
  std::map<std::string, int> taken;
  for (int i = 0; i < 3; ++i) ++taken[std::string(subscriber.wait_take(kWatchdog).topic())];
  CHECK(taken["cmd"] == 2);
  CHECK(taken["sensor"] == 1);
  CHECK(command.send(numbered<Small>(1, 3)));
}

TEST_CASE("what is no pattern is refused, and so is one too many", "[contract][wildcard]") {
  Ends ends(GENERATE(from_range(transports())), {.limits = {.patterns = 2}});
  for (const char* text : {"", "sensor/", "sensor/a*", "**/**", "sen sor", "tarn/**"}) {
    const auto refused = ends.reading.wildcard_subscriber<Small>(text);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Errc::InvalidTopic);
  }
  auto first = must(ends.reading.wildcard_subscriber<Small>("**"));
  {
    auto second = must(ends.reading.wildcard_subscriber<Small>("**"));
    const auto third = ends.reading.wildcard_subscriber<Small>("**");
    REQUIRE_FALSE(third);
    CHECK(third.error().code() == Errc::TooManyPatterns);
    CHECK(std::string(third.error().message()).find("limits.patterns") != std::string::npos);
  }
  CHECK(ends.reading.wildcard_subscriber<Small>("**"));
}

}  // namespace tarn::test
