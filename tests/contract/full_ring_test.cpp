// What publishers and subscribers rely on when a subscriber is slower than its publisher and must not
// miss anything: topics that reject, and topics that block, by calls that do not wait for long.
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <tarn/tarn.hpp>

#include "tests/contract/transport.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"

namespace tarn::test {

namespace {

using namespace std::chrono_literals;
using plan::TopicRule;

constexpr const char* kTopic = "topic";
constexpr std::uint32_t kDepth = 3;
constexpr auto kPatience = 10s;  // for what is on its way

TopicRule full_when(directory::Overflow overflow) {
  return {
      .depth = kDepth, .history = kDepth, .publishers = 2, .overflow = overflow, .timeout = 20ms};
}

const TopicRule kRejecting = full_when(directory::Overflow::Reject);
const TopicRule kBlocking = full_when(directory::Overflow::Block);

template <typename M>
struct Pair {
  Pair(const TransportKind& kind, const TopicRule& settings)
      : transport(kind.open({.topics = {listed(kTopic, sizeof(M), settings)}})),
        publishing(must(transport->open_publishing("publishing"))),
        reading(must(Node::open(transport->reading_node("reading")))),
        publisher(must(publishing.publisher<M>(kTopic))) {}

  Result<Published> publish(const PublishOptions& options = {}) {
    if (!loan) loan.emplace(must(publisher.loan()));
    fill(**loan, 1, sent + 1);
    auto published = publisher.publish(std::move(*loan), options);
    if (!published) return published;
    loan.reset();
    ++sent;
    return published;
  }
  void fill_up() {
    for (std::uint32_t i = 0; i < kDepth; ++i) must(publish());
  }
  void check_refused(Errc code, const PublishOptions& options = {}) {
    const auto refused = publish(options);
    REQUIRE_FALSE(refused);
    CHECK(to_string(refused.error().code()) == to_string(code));
    CHECK_THAT(refused.error().message(), contains_text("'topic'"));
    CHECK_THAT(refused.error().message(), contains_text("node 'reading'"));
    CHECK(loan->operator bool());
  }
  // Takes all there is; answers how many.
  std::uint64_t drain(Subscriber<M>& subscriber) {
    std::uint64_t taken = 0;
    while (const auto sample = subscriber.try_take()) {
      CHECK(is_intact(*sample));
      CHECK(sample->number == sample.sequence());
      ++taken;
    }
    return taken;
  }

  std::unique_ptr<Transport> transport;
  TestedNode publishing;
  Node reading;
  TestedPublisher<M> publisher;
  std::optional<TestedLoan<M>> loan{};
  std::uint64_t sent = 0;
};

}  // namespace

TEMPLATE_TEST_CASE("a topic that rejects refuses what would overwrite an untaken message",
                   "[contract]", Small, Large) {
  Pair<TestType> pair(GENERATE(from_range(transports())), kRejecting);
  auto subscriber = must(pair.reading.template subscriber<TestType>(kTopic));
  REQUIRE(meet(pair.publisher, subscriber));
  pair.fill_up();
  pair.check_refused(Errc::WouldBlock);
  CHECK(pair.publisher.counts().rejected == 1);
  CHECK(subscriber.try_take().sequence() == 1);
  CHECK(must(pair.publish()).sequence == kDepth + 1);
  pair.check_refused(Errc::WouldBlock);
  CHECK(pair.drain(subscriber) == kDepth);
  CHECK(subscriber.counts().received == pair.sent);
  CHECK(subscriber.counts().lost() == 0);
}

TEMPLATE_TEST_CASE("a topic that blocks waits for as long as it says", "[contract]", Small, Large) {
  Pair<TestType> pair(GENERATE(from_range(transports())), kBlocking);
  auto subscriber = must(pair.reading.template subscriber<TestType>(kTopic));
  REQUIRE(meet(pair.publisher, subscriber));
  pair.fill_up();
  const auto start = std::chrono::steady_clock::now();
  pair.check_refused(Errc::TimedOut);
  CHECK(std::chrono::steady_clock::now() - start >= 20ms);
  CHECK(pair.publisher.counts().blocked >= 20ms);
  SECTION("or not at all, when asked so") {
    pair.check_refused(Errc::WouldBlock, {.timeout = 0ms});
  }
  SECTION("or as long as asked") {
    const auto again = std::chrono::steady_clock::now();
    pair.check_refused(Errc::TimedOut, {.timeout = 1ms});
    CHECK(std::chrono::steady_clock::now() - again >= 1ms);
  }
  CHECK(pair.drain(subscriber) == kDepth);
  must(pair.publish());
  CHECK(pair.drain(subscriber) == 1);
  CHECK(subscriber.counts().lost() == 0);
}

TEST_CASE("a topic that rejects waits when asked to", "[contract]") {
  Pair<Small> pair(GENERATE(from_range(transports())), kRejecting);
  const auto subscriber = must(pair.reading.subscriber<Small>(kTopic));
  pair.fill_up();
  pair.check_refused(Errc::TimedOut, {.timeout = 5ms});
  CHECK(pair.publisher.counts().blocked >= 5ms);
}

TEST_CASE("a subscriber that was there first misses nothing, even before its first take",
          "[contract]") {
  const auto kind = GENERATE(from_range(transports()));
  const auto transport = kind.open({.topics = {listed(kTopic, sizeof(Small), kRejecting)}});
  auto reading = must(Node::open(transport->reading_node("reading")));
  auto subscriber = must(reading.subscriber<Small>(kTopic));
  auto publishing = must(transport->open_publishing("publishing"));
  auto publisher = must(publishing.publisher<Small>(kTopic));
  REQUIRE(wait_until([&] { return publisher.subscriber_count() == 1; }));
  std::uint64_t sent = 0;
  while (publisher.send(numbered<Small>(1, sent + 1))) ++sent;
  CHECK(sent == kDepth);
  for (std::uint64_t sequence = 1; sequence <= sent; ++sequence) {
    CHECK(subscriber.try_take().sequence() == sequence);
  }
  CHECK(subscriber.counts().lost() == 0);
}

TEST_CASE("a late reliable subscriber is waited for from where it begins", "[contract]") {
  Pair<Small> pair(GENERATE(from_range(transports())), kRejecting);
  for (int i = 0; i < 10; ++i) must(pair.publish());
  auto subscriber = must(pair.reading.subscriber<Small>(kTopic));
  REQUIRE(meet(pair.publisher, subscriber));
  pair.fill_up();
  pair.check_refused(Errc::WouldBlock);
  CHECK(pair.drain(subscriber) == kDepth);
  CHECK(subscriber.counts().received == kDepth);
  CHECK(subscriber.counts().lost() == 0);
}

TEST_CASE("nobody waits for a subscriber that asked for best effort", "[contract]") {
  Pair<Small> pair(GENERATE(from_range(transports())), kRejecting);
  auto best_effort =
      must(pair.reading.subscriber<Small>(kTopic, {.reliability = Reliability::BestEffort}));
  auto reliable = must(pair.reading.subscriber<Small>(kTopic));
  REQUIRE(meet(pair.publisher, reliable, 2));
  std::uint64_t taken = 0;
  for (int i = 0; i < 10; ++i) {
    must(pair.publish());
    taken += pair.drain(reliable);
  }
  CHECK(taken == 10);
  CHECK(reliable.counts().lost() == 0);
  const auto first = best_effort.try_take();
  CHECK(first.sequence() == 10 - kDepth + 1);
  CHECK(first.lost_before() == 10 - kDepth);
  CHECK(pair.drain(best_effort) == kDepth - 1);
  CHECK(best_effort.counts().lost_overwritten == 10 - kDepth);
  CHECK(best_effort.counts().received + best_effort.counts().lost() == pair.sent);
}

TEST_CASE("a reliable subscriber keeps everything, whatever depth it asked for", "[contract]") {
  Pair<Small> pair(GENERATE(from_range(transports())), kRejecting);
  auto subscriber = must(pair.reading.subscriber<Small>(kTopic, {.depth = 1}));
  REQUIRE(meet(pair.publisher, subscriber));
  pair.fill_up();
  CHECK(pair.drain(subscriber) == kDepth);
}

TEST_CASE("nobody can read reliably what is dropped", "[contract]") {
  Pair<Small> pair(GENERATE(from_range(transports())), full_when(directory::Overflow::DropOldest));
  const auto refused =
      pair.reading.subscriber<Small>(kTopic, {.reliability = Reliability::Reliable});
  REQUIRE_FALSE(refused);
  CHECK(to_string(refused.error().code()) == to_string(Errc::NotReliable));
  auto loan = must(pair.publisher.loan());
  fill(*loan, 1, 1);
  const auto published = pair.publisher.publish_and_wait(std::move(loan), 1s);
  REQUIRE_FALSE(published);
  CHECK(to_string(published.error().code()) == to_string(Errc::NotReliable));
  CHECK(loan);
  CHECK(pair.publisher.counts().published == 0);
}

TEST_CASE("a subscriber that stands still for evict_after is read past, and told so",
          "[contract]") {
  auto settings = kBlocking;
  settings.timeout = 10s;
  settings.evict_after = 5ms;
  Pair<Small> pair(GENERATE(from_range(transports())), settings);
  auto subscriber = must(pair.reading.subscriber<Small>(kTopic));
  REQUIRE(meet(pair.publisher, subscriber));
  pair.fill_up();
  must(pair.publish());
  must(pair.publish());
  CHECK(pair.publisher.counts().evictions == 1);
  CHECK(pair.publisher.counts().blocked >= 5ms);
  const auto first = subscriber.try_take();
  CHECK(first.sequence() == 3);
  CHECK(first.lost_before() == 2);
  CHECK(subscriber.counts().lost_evicted == 2);
  CHECK(subscriber.counts().lost() == 2);
}

TEST_CASE("a publish that finds no room says what to do about evict_after", "[contract]") {
  auto settings = kBlocking;
  settings.timeout = 1ms;
  const bool evicts = GENERATE(false, true);
  if (evicts) settings.evict_after = 1h;
  Pair<Small> pair(GENERATE(from_range(transports())), settings);
  auto subscriber = must(pair.reading.subscriber<Small>(kTopic));
  REQUIRE(meet(pair.publisher, subscriber));
  pair.fill_up();
  const auto refused = pair.publish();
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message(),
             contains_text(evicts ? "or lower evict_after" : "or set evict_after"));
}

TEST_CASE("a rendezvous that nobody comes to says how many are missing", "[contract]") {
  Pair<Small> pair(GENERATE(from_range(transports())), kBlocking);
  auto subscriber = must(pair.reading.subscriber<Small>(kTopic));
  REQUIRE(meet(pair.publisher, subscriber));
  auto loan = must(pair.publisher.loan());
  fill(*loan, 1, 1);
  const auto published = pair.publisher.publish_and_wait(std::move(loan), 5ms);
  REQUIRE_FALSE(published);
  CHECK(to_string(published.error().code()) == to_string(Errc::TimedOut));
  CHECK_THAT(published.error().message(), contains_text("message 1 is published"));
  CHECK_THAT(published.error().message(),
             contains_text("1 missing, among them node 'reading' (pid "));
  CHECK_FALSE(loan);
  CHECK(subscriber.try_take().sequence() == 1);
}

TEST_CASE("nobody waits for a subscription that was closed while its samples are held",
          "[contract]") {
  Pair<Large> pair(GENERATE(from_range(transports())), kRejecting);
  std::optional subscriber = must(pair.reading.subscriber<Large>(kTopic));
  REQUIRE(meet(pair.publisher, *subscriber));
  must(pair.publish());
  const auto held = subscriber->try_take();
  REQUIRE(held);
  // It never looks at this one.
  auto second = must(pair.publishing.publisher<Large>(kTopic));
  subscriber.reset();
  CHECK(wait_until([&] {
    for (std::uint32_t i = 0; i <= kDepth; ++i) {
      auto message = must(second.loan());
      fill(*message, 2, i + 1);
      if (!second.publish(std::move(message))) return false;
    }
    return true;
  }));
  CHECK(is_intact(*held));
}

TEST_CASE("a message that is passed on keeps its time and its losses", "[contract]") {
  Pair<Small> pair(GENERATE(from_range(transports())), kRejecting);
  auto subscriber = must(pair.reading.subscriber<Small>(kTopic));
  REQUIRE(meet(pair.publisher, subscriber));
  must(pair.publish({.stamp_ns = 12345, .lost_before = 7}));
  const auto sample = subscriber.wait_take(kPatience);
  REQUIRE(sample);
  CHECK(sample.stamp_ns() == 12345);
  CHECK(sample.lost_before() == 7);
  CHECK(subscriber.counts().lost_upstream == 7);
  CHECK(subscriber.counts().lost() == 0);
}

}  // namespace tarn::test
