// What users rely on when all they want is the latest value of something, and what a message may hold.
#include <cstdint>
#include <optional>

#include <tarn/tarn.hpp>

#include "tests/contract/transport.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"

namespace tarn::test {

namespace {

constexpr const char* kTopic = "topic";

struct Waypoint {
  std::int32_t east_mm;
  std::int32_t north_mm;
};
TARN_MESSAGE(Waypoint, east_mm, north_mm)

// Everything a message may be made of besides numbers.
struct Mission {
  Text<24> name;
  List<Waypoint, 8> waypoints;
  Maybe<std::uint32_t> speed_limit_mm_s;
};
TARN_MESSAGE(Mission, name, waypoints, speed_limit_mm_s)

template <typename M>
struct Ends {
  explicit Ends(const TransportKind& kind)
      : transport(kind.open({.topics = {listed(kTopic, sizeof(M), {.depth = 4, .history = 1})}})),
        publishing(must(transport->open_publishing("publishing"))),
        reading(must(Node::open(transport->reading_node("reading")))),
        publisher(must(publishing.template publisher<M>(kTopic))) {}

  Subscriber<M> subscriber() { return must(reading.subscriber<M>(kTopic, {.history = 1})); }

  std::unique_ptr<Transport> transport;
  TestedNode publishing;
  Node reading;
  TestedPublisher<M> publisher;
};

}  // namespace

TEMPLATE_TEST_CASE("who comes, or comes again, sees the current value at once", "[contract]", Small,
                   Large) {
  Ends<TestType> ends(GENERATE(from_range(transports())));
  for (std::uint64_t number = 1; number <= 5; ++number) {
    must(ends.publisher.send(numbered<TestType>(1, number)));
    auto subscriber = ends.subscriber();
    const auto sample = subscriber.wait_take(kWatchdog);
    REQUIRE(sample);
    CHECK(sample->number == number);
    CHECK(subscriber.counts().history_received == 1);
    CHECK_FALSE(subscriber.try_take());
  }
}

TEMPLATE_TEST_CASE("a value that was begun and given up leaves the one before it", "[contract]",
                   Small, Large) {
  Ends<TestType> ends(GENERATE(from_range(transports())));
  auto subscriber = ends.subscriber();
  REQUIRE(meet(ends.publisher, subscriber));
  must(ends.publisher.send(numbered<TestType>(1, 1)));
  fill(*must(ends.publisher.loan()), 1, 2);
  const auto sample = subscriber.read_latest();
  REQUIRE(sample);
  CHECK(sample->number == 1);
  CHECK(is_intact(*sample));
}

TEST_CASE("a topic with one publisher has no second one, and a new one when that has gone",
          "[contract]") {
  Ends<Small> ends(GENERATE(from_range(transports())));
  auto other = must(ends.transport->open_publishing("other"));
  const auto refused = other.publisher<Small>(kTopic);
  REQUIRE_FALSE(refused);
  CHECK(to_string(refused.error().code()) == to_string(Errc::TooManyPublishers));
  { const auto leaving = std::move(ends.publisher); }
  auto publisher = must(other.publisher<Small>(kTopic));
  must(publisher.send(numbered<Small>(2, 1)));
}

TEST_CASE("texts, lists and members that may be missing arrive as they were", "[contract]") {
  Ends<Mission> ends(GENERATE(from_range(transports())));
  auto subscriber = ends.subscriber();
  REQUIRE(meet(ends.publisher, subscriber));
  for (std::int32_t count = 0; count <= 8; ++count) {
    Mission mission{};
    REQUIRE(mission.name.try_assign("leg " + std::to_string(count)));
    for (std::int32_t i = 0; i < count; ++i) {
      REQUIRE(mission.waypoints.push_back({.east_mm = i, .north_mm = -i}));
    }
    if (count % 2 == 0) mission.speed_limit_mm_s = static_cast<std::uint32_t>(count);
    must(ends.publisher.send(mission));
    const auto sample = subscriber.wait_take(kWatchdog);
    REQUIRE(sample);
    CHECK(sample->name == mission.name);
    REQUIRE(sample->waypoints.size() == static_cast<std::size_t>(count));
    for (std::int32_t i = 0; i < count; ++i) {
      CHECK(sample->waypoints[static_cast<std::size_t>(i)].north_mm == -i);
    }
    CHECK(sample->speed_limit_mm_s == mission.speed_limit_mm_s);
  }
}

}  // namespace tarn::test
