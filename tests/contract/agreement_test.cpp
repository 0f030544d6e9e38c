// What both sides have to agree on before anything flows, and what they are told if they do not.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/contract/transport.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"

namespace tarn::test {

namespace {

struct Nodes {
  explicit Nodes(const TransportKind& kind, const DomainOptions& options = {})
      : transport(kind.open(options)),
        publishing(must(transport->open_publishing("publishing"))),
        reading(must(Node::open(transport->reading_node("reading")))) {}

  std::unique_ptr<Transport> transport;
  TestedNode publishing;
  Node reading;
};

template <typename T>
Errc code_of(const Result<T>& result) {
  REQUIRE_FALSE(result);
  return result.error().code();
}

// The same bytes under another name.
struct Renamed {
  std::uint32_t writer;
  std::uint32_t reserved;
  std::uint64_t number;
  std::array<std::uint64_t, 2> words;
  std::uint64_t checksum;
};
TARN_MESSAGE(Renamed, writer, reserved, number, words, checksum)

}  // namespace

TEST_CASE("a topic is there as soon as somebody asks for it, and for everybody after",
          "[contract]") {
  Nodes nodes(GENERATE(from_range(transports())));
  SECTION("a publisher first") {
    auto publisher = must(nodes.publishing.publisher<Small>("topic"));
    auto second = must(nodes.publishing.publisher<Small>("topic"));
    auto subscriber = must(nodes.reading.subscriber<Small>("topic"));
    CHECK(meet(second, subscriber, 1, 2));
  }
  SECTION("a subscriber first") {
    auto subscriber = must(nodes.reading.subscriber<Small>("topic"));
    auto second = must(nodes.reading.subscriber<Small>("topic"));
    auto publisher = must(nodes.publishing.publisher<Small>("topic"));
    CHECK(meet(publisher, second, 2, 1));
  }
}

TEST_CASE("a type that differs is never read as another", "[contract]") {
  Nodes nodes(GENERATE(from_range(transports())));
  auto publisher = must(nodes.publishing.publisher<Small>("topic"));
  auto subscriber = must(nodes.reading.subscriber<Small>("topic"));
  REQUIRE(meet(publisher, subscriber));
  CHECK(code_of(nodes.reading.subscriber<Large>("topic")) == Errc::TypeMismatch);
  CHECK(code_of(nodes.reading.subscriber<Renamed>("topic")) == Errc::TypeMismatch);
  CHECK(code_of(nodes.publishing.publisher<Renamed>("topic")) == Errc::TypeMismatch);
  CHECK(code_of(nodes.reading.subscriber<std::uint64_t>("topic")) == Errc::TypeMismatch);
  must(publisher.send(numbered<Small>(1, 1)));
  CHECK(subscriber.wait_take(kWatchdog));
}

TEST_CASE("each thing that is asked for in vain has an error of its own", "[contract]") {
  Nodes nodes(GENERATE(from_range(transports())),
              {.topics = {listed("narrow", sizeof(Small), {.depth = 4, .subscribers = 1}),
                          listed("tiny", 8, {})}});
  auto publisher = must(nodes.publishing.publisher<Small>("narrow"));
  auto subscriber = must(nodes.reading.subscriber<Small>("narrow"));
  CHECK(code_of(nodes.publishing.publisher<Small>("narrow")) == Errc::TooManyPublishers);
  CHECK(code_of(nodes.reading.subscriber<Small>("narrow")) == Errc::TooManySubscribers);
  CHECK(code_of(nodes.publishing.publisher<Small>("tiny")) == Errc::TooLarge);
  CHECK(code_of(nodes.publishing.publisher<Small>("no such/topic")) == Errc::InvalidTopic);
  CHECK(code_of(nodes.publishing.publisher<Small>("tarn/reserved")) == Errc::InvalidTopic);
  CHECK(code_of(nodes.reading.subscriber<Small>("other", {.depth = 17})) == Errc::InvalidArgument);
  CHECK(code_of(nodes.reading.subscriber<Small>("other", {.history = 2})) == Errc::InvalidArgument);
  CHECK(code_of(nodes.reading.subscriber<Small>("other", {.held = 3})) == Errc::InvalidArgument);
  CHECK(code_of(nodes.publishing.publisher<Small>("other", {.loans = 3})) == Errc::InvalidArgument);
}

TEST_CASE("who asks for nothing gets what the configuration says", "[contract]") {
  const TransportKind kind = GENERATE(from_range(transports()));
  std::string topic;
  std::uint32_t depth = 0;
  std::uint32_t held = 0;
  SECTION("of the topic") {
    topic = "listed";
    depth = 5;
    held = 3;
  }
  SECTION("of topics that are not listed") {
    topic = "unlisted";
    depth = 16;
    held = 2;
  }
  Nodes nodes(kind, {.topics = {listed("listed", sizeof(Large), {.depth = 5, .held = 3})}});
  auto publisher = must(nodes.publishing.publisher<Large>(topic));
  auto subscriber = must(nodes.reading.subscriber<Large>(topic));
  REQUIRE(meet(publisher, subscriber));
  for (std::uint64_t number = 1; number <= 40; ++number) {
    must(publisher.send(numbered<Large>(1, number)));
  }
  std::vector<Sample<Large>> samples;
  for (std::uint32_t i = 0; i < held; ++i) samples.push_back(subscriber.wait_take(kWatchdog));
  CHECK(samples.front()->number == 40 - depth + 1);
  CHECK(subscriber.try_take().outcome() == TakeOutcome::TooManyHeld);
  const auto one = must(publisher.loan());
  const auto two = must(publisher.loan());
  CHECK(code_of(publisher.loan()) == Errc::TooManyLoans);
}

TEST_CASE("exactly as many ends as a topic has places can be made, and one freed can be taken",
          "[contract]") {
  constexpr std::uint32_t kPublishers = 3;
  constexpr std::uint32_t kSubscribers = 4;
  Nodes nodes(GENERATE(from_range(transports())),
              {.topics = {listed("topic", sizeof(Large),
                                 {.publishers = kPublishers, .subscribers = kSubscribers})}});
  std::vector<TestedPublisher<Large>> publishers;
  std::vector<Subscriber<Large>> subscribers;
  while (publishers.size() < kPublishers) {
    publishers.push_back(must(nodes.publishing.publisher<Large>("topic")));
  }
  while (subscribers.size() < kSubscribers) {
    subscribers.push_back(must(nodes.reading.subscriber<Large>("topic")));
  }
  for (int round = 0; round < 20; ++round) {
    CHECK(code_of(nodes.publishing.publisher<Large>("topic")) == Errc::TooManyPublishers);
    CHECK(code_of(nodes.reading.subscriber<Large>("topic")) == Errc::TooManySubscribers);
    publishers.erase(publishers.begin());
    publishers.push_back(must(nodes.publishing.publisher<Large>("topic")));
    subscribers.erase(subscribers.begin());
    subscribers.push_back(must(nodes.reading.subscriber<Large>("topic")));
  }
}

TEST_CASE("exactly as many nodes as a domain has places can be opened, and one freed can be taken",
          "[contract]") {
  constexpr std::uint32_t kNodes = 5;
  const auto transport = GENERATE(from_range(transports())).open({.limits = {.clients = kNodes}});
  std::vector<TestedNode> nodes;
  while (nodes.size() < kNodes) {
    nodes.push_back(must(transport->open_publishing("one of them")));
  }
  for (int round = 0; round < 20; ++round) {
    CHECK(code_of(transport->open_publishing("one too many")) == Errc::TooManyClients);
    nodes.erase(nodes.begin());
    nodes.push_back(must(transport->open_publishing("one of them")));
  }
}

}  // namespace tarn::test
