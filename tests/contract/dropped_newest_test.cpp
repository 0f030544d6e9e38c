// What publishers and subscribers rely on where the newest messages are dropped: who is behind keeps the
// oldest, everybody else gets everything, and nobody waits.
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/contract/transport.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"

namespace tarn::test {

namespace {

constexpr const char* kTopic = "topic";
constexpr std::uint32_t kDepth = 3;

const plan::TopicRule kDropping{.depth = kDepth,
                                .history = kDepth,
                                .publishers = 2,
                                .subscribers = 2,
                                .orphans = 2,
                                .overflow = directory::Overflow::DropNewest};

template <typename M>
struct Ends {
  explicit Ends(const TransportKind& kind, const plan::TopicRule& settings = kDropping)
      : transport(kind.open({.topics = {listed(kTopic, sizeof(M), settings)}})),
        publishing(must(transport->open_publishing("publishing"))),
        reading(must(Node::open(transport->reading_node("reading")))) {}

  // Publishes and answers how many did not get it.
  std::uint32_t publish() {
    if (!publisher) publisher.emplace(must(publishing.template publisher<M>(kTopic)));
    auto loan = must(publisher->loan());
    fill(*loan, 1, sent + 1);
    const Published published = must(publisher->publish(std::move(loan)));
    CHECK(published.sequence == ++sent);
    refused += published.refused;
    return published.refused;
  }
  void publish(std::uint32_t count, std::uint32_t refused_each = 0) {
    for (std::uint32_t i = 0; i < count; ++i) CHECK(publish() == refused_each);
  }
  Subscriber<M> subscribe(const SubscriberOptions& options = {}) {
    return must(reading.template subscriber<M>(kTopic, options));
  }
  // Takes what there is, which has these sequences.
  void check_takes(Subscriber<M>& subscriber, const std::vector<std::uint64_t>& sequences) {
    std::vector<std::uint64_t> taken;
    while (const auto sample = subscriber.try_take()) {
      CHECK(is_intact(*sample));
      CHECK(sample->number == sample.sequence());
      taken.push_back(sample.sequence());
    }
    CHECK(taken == sequences);
  }

  std::unique_ptr<Transport> transport;
  TestedNode publishing;
  Node reading;
  std::optional<TestedPublisher<M>> publisher{};
  std::uint64_t sent = 0;
  std::uint64_t refused = 0;
};

std::uint64_t accounted(const SubscriberCounts& counts) {
  return counts.received + counts.lost() + counts.skipped;
}

}  // namespace

TEMPLATE_TEST_CASE(
    "who is behind keeps the oldest messages, and the publisher learns who did not "
    "get the others",
    "[contract][drop_newest]", Small, Large) {
  Ends<TestType> ends(GENERATE(from_range(transports())));
  auto subscriber = ends.subscribe();
  ends.publish(kDepth);
  ends.publish(4, 1);
  ends.check_takes(subscriber, {1, 2, 3});
  CHECK(subscriber.counts().lost_refused == 4);
  ends.publish(1);
  const auto next = subscriber.try_take();
  CHECK(next.sequence() == 8);
  CHECK(next.lost_before() == 4);
  CHECK(subscriber.counts().received == 4);
  CHECK(accounted(subscriber.counts()) == ends.sent);
  CHECK(ends.publisher->counts().refused == 4);
  CHECK(ends.publisher->counts().rejected == 0);
}

TEMPLATE_TEST_CASE("each subscriber is behind for itself alone", "[contract][drop_newest]", Small,
                   Large) {
  Ends<TestType> ends(GENERATE(from_range(transports())));
  auto slow = ends.subscribe();
  auto fast = ends.subscribe();
  for (std::uint64_t sequence = 1; sequence <= 20; ++sequence) {
    CHECK(ends.publish() == (sequence > kDepth ? 1U : 0U));
    const auto sample = fast.try_take();
    CHECK(sample.sequence() == sequence);
    CHECK(sample.lost_before() == 0);
  }
  CHECK(fast.counts().lost() == 0);
  ends.check_takes(slow, {1, 2, 3});
  CHECK(slow.counts().lost_refused == 17);
  CHECK(slow.counts().lost() == 17);
}

TEMPLATE_TEST_CASE("one message taken makes room for one", "[contract][drop_newest]", Small,
                   Large) {
  Ends<TestType> ends(GENERATE(from_range(transports())));
  auto subscriber = ends.subscribe();
  ends.publish(kDepth);
  ends.publish(1, 1);
  for (std::uint64_t round = 0; round < 10; ++round) {
    CHECK(subscriber.try_take());
    ends.publish(1);
    ends.publish(1, 1);
  }
  CHECK(subscriber.counts().received == 10);
  CHECK(subscriber.counts().lost_refused == 11);
  const auto after_a_gap = subscriber.try_take();
  CHECK(after_a_gap.lost_before() == 1);
}

TEST_CASE("who asks for less depth is behind sooner", "[contract][drop_newest]") {
  Ends<Small> ends(GENERATE(from_range(transports())));
  auto shallow = ends.subscribe({.depth = 1});
  auto deep = ends.subscribe();
  ends.publish(1);
  ends.publish(kDepth - 1, 1);
  ends.publish(1, 2);
  ends.check_takes(shallow, {1});
  ends.check_takes(deep, {1, 2, 3});
  CHECK(shallow.counts().lost_refused == 3);
  CHECK(deep.counts().lost_refused == 1);
}

TEMPLATE_TEST_CASE("a late subscriber gets its history, and then everything it has room for",
                   "[contract][drop_newest]", Small, Large) {
  Ends<TestType> ends(GENERATE(from_range(transports())));
  ends.publish(10);
  auto subscriber = ends.subscribe({.history = 2});
  REQUIRE(meet(*ends.publisher, subscriber));
  SECTION("when it reads its history first") {
    ends.check_takes(subscriber, {9, 10});
    ends.publish(kDepth);
    ends.publish(2, 1);
    ends.check_takes(subscriber, {11, 12, 13});
    CHECK(subscriber.counts().history_received == 2);
  }
  SECTION("when everybody's ring has come round before it looks") {
    ends.publish(kDepth);
    ends.publish(2, 1);
    ends.check_takes(subscriber, {11, 12, 13});
    CHECK(subscriber.counts().history_missed == 2);
  }
  CHECK(subscriber.counts().lost_overwritten == 0);
  CHECK(subscriber.counts().lost_refused == 2);
  CHECK(accounted(subscriber.counts()) == ends.sent - 10);
}

TEST_CASE("a subscriber without history begins with what is published after it came",
          "[contract][drop_newest]") {
  Ends<Small> ends(GENERATE(from_range(transports())));
  for (int round = 0; round < 5; ++round) {
    ends.publish(4);
    auto subscriber = ends.subscribe();
    const std::uint64_t before = ends.sent;
    ends.publish(kDepth);
    ends.publish(2, 1);
    ends.check_takes(subscriber, {before + 1, before + 2, before + 3});
    CHECK(accounted(subscriber.counts()) == 5);
    CHECK(subscriber.counts().history_missed == 0);
  }
}

TEMPLATE_TEST_CASE("who takes another's place finds nothing of what that one left",
                   "[contract][drop_newest]", Small, Large) {
  Ends<TestType> ends(GENERATE(from_range(transports())));
  auto staying = ends.subscribe();
  for (std::uint64_t round = 0; round < 20; ++round) {
    auto first = ends.subscribe();
    // Behind by as much as it can be, or by something, or by nothing.
    for (std::uint64_t i = 0; i < kDepth + 1; ++i) {
      (void)ends.publish();
      if (round % 3 == 0) CHECK(first.try_take());
    }
    if (round % 3 == 1) CHECK(first.try_take());
    ends.check_takes(staying, {ends.sent - 3, ends.sent - 2, ends.sent - 1});
  }
  CHECK(staying.counts().lost_refused == 20);
  CHECK(accounted(staying.counts()) == ends.sent);
}

TEMPLATE_TEST_CASE("what a closed publisher left is read to its end", "[contract][drop_newest]",
                   Small, Large) {
  Ends<TestType> ends(GENERATE(from_range(transports())));
  auto subscriber = ends.subscribe();
  auto late = ends.subscribe();
  ends.publish(2);
  CHECK(late.try_take().sequence() == 1);
  ends.publish(1);
  ends.publish(1, 1);
  ends.publish(1, 2);
  ends.publisher.reset();
  ends.check_takes(subscriber, {1, 2, 3});
  ends.check_takes(late, {2, 3, 4});
  CHECK(accounted(subscriber.counts()) == 5);
  CHECK(accounted(late.counts()) == 5);
  CHECK(wait_until([&] { return subscriber.publisher_count() == 0; }));
  CHECK(accounted(subscriber.counts()) == 5);
}

TEST_CASE("a held message stays as it is while others come and go", "[contract][drop_newest]") {
  Ends<Large> ends(GENERATE(from_range(transports())));
  auto subscriber = ends.subscribe();
  auto other = ends.subscribe();
  ends.publish(1);
  const auto held = subscriber.try_take();
  CHECK(other.try_take());
  for (std::uint64_t i = 0; i < 50; ++i) {
    ends.publish(1);
    CHECK(subscriber.try_take().sequence() == ends.sent);
    const auto sample = other.try_take();
    CHECK(is_intact(*sample));
    CHECK(is_intact(*held));
    CHECK(held->number == 1);
  }
}

TEST_CASE("who has closed is refused nothing, though it still holds a message",
          "[contract][drop_newest]") {
  Ends<Large> ends(GENERATE(from_range(transports())));
  std::optional<Subscriber<Large>> subscriber(ends.subscribe());
  ends.publish(kDepth);
  ends.publish(1, 1);
  const auto held = subscriber->try_take();
  subscriber.reset();
  for (int i = 0; i < 20; ++i) ends.publish(1);
  CHECK(is_intact(*held));
  CHECK(held->number == 1);
  CHECK(ends.publisher->counts().refused == 1);
}

TEMPLATE_TEST_CASE("no loan fails while everybody is behind and holds all it may",
                   "[contract][drop_newest]", Small, Large) {
  Ends<TestType> ends(GENERATE(from_range(transports())));
  auto first = ends.subscribe();
  auto second = ends.subscribe();
  std::vector<Sample<TestType>> held;
  for (int round = 0; round < 30; ++round) {
    for (std::uint32_t i = 0; i < 2 * kDepth; ++i) (void)ends.publish();
    held.clear();
    for (auto* subscriber : {&first, &second}) {
      for (int i = 0; i < 2; ++i) held.push_back(subscriber->try_take());
    }
    for (const auto& sample : held) CHECK(is_intact(*sample));
  }
  CHECK(ends.publisher->counts().loan_failures == 0);
}

TEMPLATE_TEST_CASE(
    "the newest of those it was given is what read_latest hands out, others are skipped",
    "[contract][drop_newest]", Small, Large) {
  Ends<TestType> ends(GENERATE(from_range(transports())));
  auto subscriber = ends.subscribe();
  CHECK_FALSE(subscriber.read_latest());
  ends.publish(kDepth);
  ends.publish(1, 1);
  CHECK(subscriber.read_latest().sequence() == 3);
  CHECK(subscriber.read_latest().sequence() == 3);
  CHECK(subscriber.counts().received == 1);
  CHECK(subscriber.counts().skipped == 2);
  ends.publish(1);
  const auto next = subscriber.try_take();
  CHECK(next.sequence() == 5);
  CHECK(next.lost_before() == 1);
  CHECK(accounted(subscriber.counts()) == ends.sent);
}

TEST_CASE("nobody reads reliably where the newest are dropped", "[contract][drop_newest]") {
  Ends<Small> ends(GENERATE(from_range(transports())));
  const auto refused =
      ends.reading.subscriber<Small>(kTopic, {.reliability = Reliability::Reliable});
  REQUIRE_FALSE(refused);
  CHECK(to_string(refused.error().code()) == to_string(Errc::NotReliable));
}

}  // namespace tarn::test
