// What a subscriber relies on that moves among the messages it can still read.
#include <string>

#include <tarn/tarn.hpp>

#include "tests/contract/transport.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"

namespace tarn::test {

namespace {

constexpr const char* kTopic = "topic";
constexpr std::uint32_t kDepth = 8;

struct Ends {
  Ends(const TransportKind& kind, directory::Overflow overflow)
      : transport(kind.open(
            {.topics = {listed(kTopic, sizeof(Small),
                               {.depth = kDepth, .publishers = 2, .overflow = overflow})}})),
        publishing(must(transport->open_publishing("publishing"))),
        reading(must(Node::open(transport->reading_node("reading")))) {}

  std::unique_ptr<Transport> transport;
  TestedNode publishing;
  Node reading;
};

template <typename S>
void check_rest(S& subscriber, std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t sequence = first; sequence <= last; ++sequence) {
    const auto sample = subscriber.try_take();
    REQUIRE(sample);
    CHECK(sample.sequence() == sequence);
    CHECK(sample->number == sequence);
    CHECK(sample.lost_before() == 0);
  }
  CHECK_FALSE(subscriber.try_take());
}

void check_sum(const SubscriberCounts& counts, std::uint64_t published) {
  CHECK(counts.received + counts.lost() + counts.skipped == published);
}

}  // namespace

TEST_CASE("a subscriber reads again what its publisher's ring still holds", "[contract][seek]") {
  Ends ends(GENERATE(from_range(transports())),
            GENERATE(directory::Overflow::DropOldest, directory::Overflow::Block));
  auto publisher = must(ends.publishing.publisher<Small>(kTopic));
  auto subscriber = must(ends.reading.subscriber<Small>(kTopic));
  REQUIRE(meet(publisher, subscriber));
  for (std::uint64_t i = 1; i <= 6; ++i) must(publisher.send(numbered<Small>(1, i)));
  check_rest(subscriber, 1, 6);
  CHECK(subscriber.seek(3));
  check_rest(subscriber, 3, 6);
  CHECK(subscriber.counts().received == 6);
  CHECK(subscriber.counts().received_again == 4);
  // Who reads again is in nobody's way.
  CHECK(subscriber.seek(1));
  for (std::uint64_t i = 7; i <= 6 + kDepth; ++i) must(publisher.send(numbered<Small>(1, i)));
  check_rest(subscriber, 7, 6 + kDepth);
  CHECK(subscriber.seek(7 + kDepth));
  CHECK_FALSE(subscriber.try_take());
  check_sum(subscriber.counts(), 6 + kDepth);
  CHECK(subscriber.counts().lost() == 0);
}

TEST_CASE("a seek outside of what is kept says what is", "[contract][seek]") {
  Ends ends(GENERATE(from_range(transports())), directory::Overflow::DropOldest);
  auto publisher = must(ends.publishing.publisher<Small>(kTopic));
  auto subscriber = must(ends.reading.subscriber<Small>(kTopic));
  REQUIRE(meet(publisher, subscriber));
  for (std::uint64_t i = 1; i <= 20; ++i) must(publisher.send(numbered<Small>(1, i)));
  for (const std::uint64_t sequence : {std::uint64_t{0}, std::uint64_t{12}, std::uint64_t{22}}) {
    const auto moved = subscriber.seek(sequence);
    REQUIRE_FALSE(moved);
    CHECK(moved.error().code() == Errc::InvalidArgument);
    CHECK(std::string(moved.error().message()).find("from 13 to 20") != std::string::npos);
  }
  CHECK(subscriber.seek(15));
  check_rest(subscriber, 15, 20);
  CHECK(subscriber.counts().skipped == 14);
  check_sum(subscriber.counts(), 20);
}

TEST_CASE("with several publishers a seek names one", "[contract][seek]") {
  Ends ends(GENERATE(from_range(transports())), directory::Overflow::DropOldest);
  auto subscriber = must(ends.reading.subscriber<Small>(kTopic));
  CHECK_FALSE(subscriber.seek(1));
  auto one = must(ends.publishing.publisher<Small>(kTopic));
  auto other = must(ends.publishing.publisher<Small>(kTopic));
  REQUIRE(meet(one, subscriber, 1, 2));
  for (std::uint64_t i = 1; i <= 3; ++i) must(one.send(numbered<Small>(1, i)));
  PublisherIdentity first;
  while (const auto sample = subscriber.try_take()) first = sample.publisher();
  for (std::uint64_t i = 1; i <= 2; ++i) must(other.send(numbered<Small>(2, i)));
  while (subscriber.try_take()) {
  }
  CHECK_FALSE(subscriber.seek(1));
  CHECK(subscriber.seek(first, 2));
  check_rest(subscriber, 2, 3);
  PublisherIdentity nobody = first;
  ++nobody.generation;
  CHECK_FALSE(subscriber.seek(nobody, 2));
  CHECK(subscriber.counts().received == 5);
  CHECK(subscriber.counts().received_again == 2);
}

}  // namespace tarn::test
