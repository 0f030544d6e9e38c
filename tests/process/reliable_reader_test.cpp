// A publisher that waits for a reliable reader in another process, which is killed, stopped, or slow:
// the publisher is let go at once, waits for as long as it was told, or reads on without losing any.
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

#include <tarn/tarn.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/watchdog.hpp"

namespace tarn::test {

namespace {

using namespace std::chrono_literals;

constexpr const char* kTopic = "command";
constexpr std::uint32_t kDepth = 4;

plan::TopicRule blocking(std::chrono::nanoseconds timeout, std::chrono::nanoseconds evict_after) {
  return {.depth = kDepth,
          .overflow = directory::Overflow::Block,
          .timeout = timeout,
          .evict_after = evict_after};
}

struct Ends {
  explicit Ends(const plan::TopicRule& rule)
      : domain({.topics = {listed(kTopic, sizeof(Small), rule)}}),
        node(domain.open("publishing")),
        publisher(must(node.publisher<Small>(kTopic))) {}

  // A reader that takes a message each time it is told to, and says what it got.
  ChildProcess start_reader() {
    auto reader = ChildProcess::start([this](Parent& parent) {
      auto own = need(parent, Node::open(domain.node("reading")));
      auto subscriber = need(parent, own.subscriber<Small>(kTopic));
      parent.report("ready");
      for (;;) {
        parent.wait_for_go();
        const auto sample = subscriber.wait_take(kWatchdog);
        const SubscriberCounts counts = subscriber.counts();
        std::ostringstream text;
        text << sample.sequence() << ' ' << counts.lost_evicted << ' ' << counts.lost();
        parent.report(text.str());
      }
    });
    REQUIRE(reader.next_report() == "ready");
    REQUIRE(wait_until([&] { return publisher.subscriber_count() == 1; }));
    return reader;
  }
  Result<Published> send() { return publisher.send(numbered<Small>(1, ++number)); }
  void fill_up() {
    for (std::uint32_t i = 0; i < kDepth; ++i) must(send());
  }

  TestDomain domain;
  Node node;
  Publisher<Small> publisher;
  std::uint64_t number = 0;
};

std::string take(ChildProcess& reader) {
  reader.go();
  return reader.next_report();
}

}  // namespace

TEST_CASE("the death of a reliable reader releases the publisher that waits for it", "[process]") {
  Ends ends(blocking(kWatchdog, 0ns));
  for (int round = 0; round < 20; ++round) {
    auto reader = ends.start_reader();
    ends.fill_up();
    Result<Published> blocked = Failure(Error::make(Errc::System, 0, "not sent"));
    std::thread waiting([&] { blocked = ends.send(); });
    // Mostly asleep by now; a publisher that is about to sleep must be let go as well.
    const std::string first = take(reader);
    waiting.join();
    CHECK(first == std::to_string(ends.number - kDepth) + " 0 0");
    REQUIRE(blocked);
    std::thread again([&] { blocked = ends.send(); });
    reader.kill(SIGKILL);
    again.join();
    CHECK(blocked.has_value());
    CHECK(reader.join() == killed_by(SIGKILL));
    REQUIRE(wait_until([&] { return ends.publisher.subscriber_count() == 0; }));
  }
  CHECK(ends.publisher.counts().safety_wakeups == 0);
  CHECK(ends.publisher.counts().evictions == 0);
  CHECK(ends.publisher.counts().rejected == 0);
}

TEST_CASE("a stopped reliable reader costs a publisher its time-out and no more", "[process]") {
  Ends ends(blocking(20ms, 0ns));
  auto reader = ends.start_reader();
  reader.kill(SIGSTOP);
  ends.fill_up();
  for (int i = 0; i < 3; ++i) {
    const auto refused = ends.publisher.send(numbered<Small>(1, 0));
    REQUIRE_FALSE(refused);
    CHECK(to_string(refused.error().code()) == to_string(Errc::TimedOut));
  }
  auto observer = must(Observer::open({.runtime_directory = ends.domain.path()}));
  const auto detail = must(observer.topic(kTopic));
  REQUIRE(detail.publishers.size() == 1);
  CHECK(detail.publishers.front().rejected == 3);
  CHECK(detail.publishers.front().blocked >= 60ms);
  REQUIRE(detail.subscriptions.size() == 1);
  CHECK(detail.subscriptions.front().lag == kDepth);
  reader.kill(SIGCONT);
  SECTION("and it gets everything once it goes on") {
    for (std::uint64_t sequence = 1; sequence <= kDepth; ++sequence) {
      CHECK(take(reader) == std::to_string(sequence) + " 0 0");
    }
    must(ends.send());
    CHECK(take(reader) == std::to_string(kDepth + 1) + " 0 0");
  }
}

TEST_CASE("a stopped reliable reader is read past after evict_after, and learns how much it missed",
          "[process]") {
  Ends ends(blocking(kWatchdog, 20ms));
  auto reader = ends.start_reader();
  reader.kill(SIGSTOP);
  constexpr std::uint64_t kMore = 10;
  ends.fill_up();
  for (std::uint64_t i = 0; i < kMore; ++i) must(ends.send());
  CHECK(ends.publisher.counts().evictions == 1);
  reader.kill(SIGCONT);
  const std::string missed = std::to_string(kMore);
  CHECK(take(reader) == std::to_string(kMore + 1) + " " + missed + " " + missed);
  CHECK(take(reader) == std::to_string(kMore + 2) + " " + missed + " " + missed);
}

TEST_CASE("a reliable reader that comes late and one that leaves lose nothing between",
          "[process]") {
  Ends ends(blocking(kWatchdog, 0ns));
  constexpr int kReaders = 30;
  for (int i = 0; i < kReaders; ++i) {
    std::atomic<bool> stop{false};
    std::thread sending([&] {
      while (!stop && ends.send()) {
      }
    });
    auto own = must(Node::open(ends.domain.node("joining")));
    auto subscriber = must(own.subscriber<Small>(kTopic));
    std::uint64_t expected = 0;
    std::uint64_t wrong = 0;
    for (int taken = 0; taken < 200; ++taken) {
      const auto sample = subscriber.wait_take(kWatchdog);
      if (!sample || (expected != 0 && sample.sequence() != expected)) ++wrong;
      expected = sample.sequence() + 1;
    }
    const SubscriberCounts counts = subscriber.counts();
    stop = true;
    // Taken by nobody, the last message before it stopped might wait for room.
    { const auto leaving = std::move(subscriber); }
    sending.join();
    CHECK(wrong == 0);
    CHECK(counts.received == 200);
    CHECK(counts.lost() == 0);
    CHECK(counts.safety_wakeups == 0);
  }
  CHECK(ends.publisher.counts().safety_wakeups == 0);
}

}  // namespace tarn::test
