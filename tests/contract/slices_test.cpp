// What users rely on when a message has as many elements as its publisher says.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/contract/transport.hpp"
#include "tests/support/catch.hpp"

namespace tarn::test {

namespace {

constexpr const char* kTopic = "scan";

struct Point {
  std::uint32_t x, y, z;
  friend bool operator==(const Point&, const Point&) = default;
};
TARN_MESSAGE(Point, x, y, z)

using Points = Slice<Point>;

// What nobody writes by chance.
std::vector<Point> points(std::size_t count, std::uint32_t first = 1) {
  std::vector<Point> made(count);
  for (Point& point : made) point = {first++, 0xC0FFEE, ~first};
  return made;
}

std::vector<Point> values(const Sample<Points>& sample) { return {sample.begin(), sample.end()}; }

// A topic of which the configuration says nothing, or which size its messages have.
struct Scan {
  explicit Scan(const TransportKind& kind, std::uint32_t size_bytes = 0)
      : transport(kind.open(options(size_bytes))),
        publishing(must(transport->open_publishing("publishing"))),
        reading(must(Node::open(transport->reading_node("reading")))) {}

  static DomainOptions options(std::uint32_t size_bytes) {
    if (size_bytes == 0) return {};
    return {.topics = {listed(kTopic, size_bytes, {.depth = 8, .publishers = 4, .held = 4})}};
  }
  TestedPublisher<Points> publisher(std::uint32_t max_elements) {
    return must(publishing.publisher<Points>(kTopic, {.max_elements = max_elements}));
  }
  Subscriber<Points> subscriber() { return must(reading.subscriber<Points>(kTopic)); }

  std::unique_ptr<Transport> transport;
  TestedNode publishing;
  Node reading;
};

Sample<Points> take(Subscriber<Points>& subscriber) {
  auto sample = subscriber.wait_take(kWatchdog);
  REQUIRE(sample);
  return sample;
}

template <typename T>
void check_error(const Result<T>& result, Errc code, std::initializer_list<const char*> words) {
  REQUIRE_FALSE(result);
  CHECK(to_string(result.error().code()) == to_string(code));
  for (const char* word : words) CHECK_THAT(result.error().message(), contains_text(word));
}

}  // namespace

// 19 elements of 12 bytes stand in a ring slot, 20 do not.
TEST_CASE("a slice arrives with exactly the elements that were published", "[contract]") {
  Scan scan(GENERATE(from_range(transports())));
  const std::uint32_t most = GENERATE(1U, 3U, 19U, 20U, 1000U);
  auto publisher = scan.publisher(most);
  CHECK(publisher.max_elements() == most);
  auto subscriber = scan.subscriber();
  REQUIRE(meet(publisher, subscriber));
  const bool lent = GENERATE(true, false);
  for (const std::uint32_t count : {most, 0U, 1U, most / 2, most}) {
    const auto sent = points(count);
    if (lent) {
      auto loan = must(publisher.loan(count));
      REQUIRE(loan.size() == count);
      std::copy(sent.begin(), sent.end(), loan.begin());
      must(publisher.publish(std::move(loan)));
    } else {
      must(publisher.send(sent));
    }
    CHECK(values(take(subscriber)) == sent);
  }
  CHECK(subscriber.counts().lost() == 0);
}

TEST_CASE("a loan of a slice may become shorter, never longer", "[contract]") {
  Scan scan(GENERATE(from_range(transports())));
  auto publisher = scan.publisher(GENERATE(10U, 1000U));
  auto subscriber = scan.subscriber();
  REQUIRE(meet(publisher, subscriber));
  const auto sent = points(10);
  auto loan = must(publisher.loan(10));
  std::copy(sent.begin(), sent.end(), loan.begin());
  CHECK_FALSE(loan.try_shrink(11));
  CHECK(loan.size() == 10);
  CHECK(loan.try_shrink(7));
  CHECK_FALSE(loan.try_shrink(8));
  CHECK((*loan).size() == 7);
  must(publisher.publish(std::move(loan)));
  CHECK(values(take(subscriber)) == points(7));
}

TEST_CASE("a slice above its maximum is refused with both numbers", "[contract]") {
  Scan scan(GENERATE(from_range(transports())));
  auto publisher = scan.publisher(GENERATE(7U, 1000U));
  const std::size_t most = publisher.max_elements();
  const std::string allowed = "at most " + std::to_string(most) + " elements";
  const std::string asked = std::to_string(most + 1) + " elements of 12 bytes";
  check_error(publisher.loan(most + 1), Errc::TooLarge,
              {"scan", asked.c_str(), allowed.c_str(), "max_elements"});
  check_error(publisher.send(points(most + 1)), Errc::TooLarge, {asked.c_str(), allowed.c_str()});
  check_error(publisher.loan(~std::size_t{0}), Errc::TooLarge, {allowed.c_str()});
  CHECK(publisher.counts().published == 0);
  CHECK(publisher.loan(most));
}

TEST_CASE("publishers of one topic may have maxima of their own", "[contract]") {
  Scan scan(GENERATE(from_range(transports())));
  auto early = scan.subscriber();
  auto few = scan.publisher(2);
  auto many = scan.publisher(500);
  auto some = scan.publisher(40);
  auto late = scan.subscriber();
  REQUIRE(wait_until([&] { return late.publisher_count() == 3 && early.publisher_count() == 3; }));
  must(few.send(points(2, 100)));
  must(many.send(points(500, 200)));
  must(some.send(points(40, 300)));
  for (auto* subscriber : {&early, &late}) {
    std::size_t elements = 0;
    for (int i = 0; i < 3; ++i) {
      const auto sample = take(*subscriber);
      CHECK(values(sample) == points(sample.size(), sample.span().front().x));
      elements += sample.size();
    }
    CHECK(elements == 542);
  }
}

TEST_CASE("a slice of a topic with a size has as many elements as fit that", "[contract]") {
  Scan scan(GENERATE(from_range(transports())), 1000);  // 83 elements and a rest
  auto publisher = scan.publisher(0);
  CHECK(publisher.max_elements() == 83);
  auto subscriber = scan.subscriber();
  REQUIRE(meet(publisher, subscriber));
  must(publisher.send(points(83)));
  CHECK(values(take(subscriber)) == points(83));
  check_error(publisher.loan(84), Errc::TooLarge, {"84 elements", "at most 83"});
  SECTION("or fewer, if a publisher says so") { CHECK(scan.publisher(5).max_elements() == 5); }
  SECTION("never more") {
    check_error(scan.publishing.publisher<Points>(kTopic, {.max_elements = 84}), Errc::TooLarge,
                {"1008 bytes", "1000", "topics.scan.size"});
  }
}

TEST_CASE("somebody must say how many elements a slice has at most", "[contract]") {
  Scan scan(GENERATE(from_range(transports())));
  check_error(scan.publishing.publisher<Points>(kTopic), Errc::InvalidArgument,
              {"scan", "Point[]", "max_elements", "topics.scan.size"});
  check_error(scan.publishing.publisher<Points>(kTopic, {.max_elements = 1U << 31}), Errc::TooLarge,
              {"2147483648", "89478485"});
  check_error(scan.publishing.publisher<Point>(kTopic, {.max_elements = 2}), Errc::InvalidArgument,
              {"max_elements", "Point"});
}

TEST_CASE("a slice and its element are refused on each other's topics", "[contract]") {
  Scan scan(GENERATE(from_range(transports())));
  const auto publisher = scan.publisher(4);
  check_error(scan.reading.subscriber<Point>(kTopic), Errc::TypeMismatch, {"Point[]"});
  check_error(scan.reading.subscriber<Slice<std::uint32_t>>(kTopic), Errc::TypeMismatch,
              {"Point[]", "u32[]"});
}

TEST_CASE("a slice that is held stays as it was", "[contract]") {
  Scan scan(GENERATE(from_range(transports())));
  auto publisher = scan.publisher(GENERATE(8U, 300U));
  const auto most = publisher.max_elements();
  auto subscriber = scan.subscriber();
  REQUIRE(meet(publisher, subscriber));
  must(publisher.send(points(most)));
  const auto held = take(subscriber);
  for (std::uint32_t i = 0; i < 100; ++i) must(publisher.send(points(i % most, 1000 * i)));
  CHECK(values(held) == points(most));
}

TEST_CASE("a slice of something else than a struct is one too", "[contract]") {
  Scan scan(GENERATE(from_range(transports())));
  auto publisher =
      must(scan.publishing.publisher<Slice<std::uint64_t>>("words", {.max_elements = 64}));
  auto subscriber = must(scan.reading.subscriber<Slice<std::uint64_t>>("words"));
  REQUIRE(meet(publisher, subscriber));
  auto loan = must(publisher.loan(64));
  std::iota(loan.begin(), loan.end(), 1U);
  must(publisher.publish(std::move(loan)));
  const auto sample = subscriber.wait_take(kWatchdog);
  REQUIRE(sample);
  CHECK(std::accumulate(sample.begin(), sample.end(), std::uint64_t{0}) == 2080);
  CHECK(sample[63] == 64);
}

TEST_CASE("a late subscriber gets slices of the lengths that they were published with",
          "[contract]") {
  const TransportKind kind = GENERATE(from_range(transports()));
  const auto transport =
      kind.open({.topics = {listed(kTopic, 12 * 500, {.depth = 8, .history = 6})}});
  auto publishing = must(transport->open_publishing("publishing"));
  auto reading = must(Node::open(transport->reading_node("reading")));
  auto publisher = must(publishing.publisher<Points>(kTopic));
  for (const std::uint32_t count : {7U, 0U, 500U, 1U, 20U, 499U, 3U}) {
    must(publisher.send(points(count)));
  }
  auto subscriber = must(reading.subscriber<Points>(kTopic, {.history = 6}));
  for (const std::uint32_t count : {0U, 500U, 1U, 20U, 499U, 3U}) {
    CHECK(values(take(subscriber)) == points(count));
  }
  CHECK_FALSE(subscriber.try_take());
}

}  // namespace tarn::test
