// What a publisher relies on that sleeps until there is room, while other threads take, leave or stay.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include <tarn/tarn.hpp>

#include "tests/contract/transport.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"

namespace tarn::test {

namespace {

using namespace std::chrono_literals;

constexpr const char* kTopic = "topic";
constexpr std::uint32_t kDepth = 2;
constexpr auto kPatience = 60s;

plan::TopicRule blocking() {
  return {.depth = kDepth,
          .history = kDepth,
          .overflow = directory::Overflow::Block,
          .timeout = kPatience};
}

struct Ends {
  explicit Ends(const TransportKind& kind)
      : transport(kind.open({.topics = {listed(kTopic, sizeof(Small), blocking())}})),
        publishing(must(transport->open_publishing("publishing"))),
        reading(must(Node::open(transport->reading_node("reading")))) {}

  std::unique_ptr<Transport> transport;
  TestedNode publishing;
  Node reading;
};

// Publishes 1..count from a thread of its own.
class Sender {
 public:
  Sender(TestedPublisher<Small>& publisher, std::uint64_t count)
      : thread_([this, &publisher, count] {
          for (std::uint64_t i = 1; i <= count; ++i) {
            if (!publisher.send(numbered<Small>(1, i))) ++failures_;
            sent_ = i;
          }
        }) {}
  void join() { thread_.join(); }
  [[nodiscard]] std::uint64_t sent() const { return sent_; }
  [[nodiscard]] std::uint64_t failures() const { return failures_; }

 private:
  std::atomic<std::uint64_t> sent_{0};
  std::atomic<std::uint64_t> failures_{0};
  std::thread thread_;
};

}  // namespace

TEST_CASE("every take lets a publisher that waits for it go on", "[contract]") {
  Ends ends(GENERATE(from_range(transports())));
  auto publisher = must(ends.publishing.publisher<Small>(kTopic));
  auto subscriber = must(ends.reading.subscriber<Small>(kTopic));
  REQUIRE(meet(publisher, subscriber));
  constexpr std::uint64_t kMessages = 20'000;
  Sender sender(publisher, kMessages);
  std::uint64_t wrong = 0;
  for (std::uint64_t expected = 1; expected <= kMessages; ++expected) {
    const auto sample = subscriber.wait_take(kPatience);
    if (!sample || sample->number != expected) ++wrong;
  }
  sender.join();
  CHECK(wrong == 0);
  CHECK(sender.failures() == 0);
  CHECK(subscriber.counts().received == kMessages);
  CHECK(subscriber.counts().lost() == 0);
  CHECK(subscriber.counts().safety_wakeups == 0);
  CHECK(publisher.counts().safety_wakeups == 0);
}

TEST_CASE("a subscriber that leaves lets the publisher go on", "[contract]") {
  Ends ends(GENERATE(from_range(transports())));
  auto publisher = must(ends.publishing.publisher<Small>(kTopic));
  auto subscriber = std::make_optional(must(ends.reading.subscriber<Small>(kTopic)));
  REQUIRE(meet(publisher, *subscriber));
  Sender sender(publisher, 5 * kDepth);
  REQUIRE(wait_until([&] { return sender.sent() == kDepth; }));
  subscriber.reset();
  sender.join();
  CHECK(sender.failures() == 0);
  CHECK(publisher.counts().safety_wakeups == 0);
}

TEST_CASE("the slowest of several reliable subscribers is waited for", "[contract]") {
  Ends ends(GENERATE(from_range(transports())));
  auto publisher = must(ends.publishing.publisher<Small>(kTopic));
  auto fast = must(ends.reading.subscriber<Small>(kTopic));
  auto slow = must(ends.reading.subscriber<Small>(kTopic));
  REQUIRE(meet(publisher, fast, 2));
  Sender sender(publisher, 10 * kDepth);
  for (std::uint64_t expected = 1; expected <= 10 * kDepth; ++expected) {
    CHECK(slow.wait_take(kPatience).sequence() == expected);
    // One more than slow has taken fits into the ring, and one may be on its way.
    CHECK(sender.sent() <= expected + kDepth);
    while (fast.try_take()) {
    }
  }
  sender.join();
  while (fast.try_take()) {
  }
  CHECK(fast.counts().received == 10 * kDepth);
  CHECK(slow.counts().received == 10 * kDepth);
  CHECK(fast.counts().lost() + slow.counts().lost() == 0);
  CHECK(publisher.counts().safety_wakeups == 0);
}

TEST_CASE("a rendezvous returns when everybody reliable has taken the message", "[contract]") {
  Ends ends(GENERATE(from_range(transports())));
  auto publisher = must(ends.publishing.publisher<Small>(kTopic));
  auto subscriber = must(ends.reading.subscriber<Small>(kTopic));
  auto best_effort =
      must(ends.reading.subscriber<Small>(kTopic, {.reliability = Reliability::BestEffort}));
  REQUIRE(meet(publisher, subscriber, 2));
  constexpr std::uint64_t kMessages = 1000;
  std::atomic<std::uint64_t> met{0};
  std::atomic<std::uint64_t> early{0};  // returned although nobody had taken it
  std::atomic<std::uint64_t> taking{0};
  std::thread thread([&] {
    for (std::uint64_t i = 1; i <= kMessages; ++i) {
      auto loan = publisher.loan();
      if (!loan) break;
      fill(**loan, 1, i);
      if (publisher.publish_and_wait(std::move(*loan), kPatience)) ++met;
      if (taking < i) ++early;
    }
  });
  for (std::uint64_t i = 1; i <= kMessages; ++i) {
    taking = i;
    if (!subscriber.wait_take(kPatience)) break;
  }
  thread.join();
  CHECK(met == kMessages);
  CHECK(early == 0);
  CHECK(subscriber.counts().received == kMessages);
  CHECK(publisher.counts().safety_wakeups == 0);
}

}  // namespace tarn::test
