// Who comes late gets what it asked for of what the publishers still have, from publishers that do
// nothing for it.
#include <cstdint>
#include <string>

#include <tarn/tarn.hpp>

#include "tests/process/scripted_publisher.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/test_domain.hpp"

namespace tarn::test {

namespace {

constexpr const char* kTopic = "state";
constexpr std::uint32_t kDepth = 8;

template <typename M>
TestDomain history_domain() {
  return TestDomain({.topics = {listed(kTopic, sizeof(M),
                                       {.depth = kDepth, .history = kDepth, .publishers = 2})}});
}

// Exactly messages first..last wait, oldest first, nothing before and nothing after.
template <typename M>
void check_waiting(Subscriber<M>& subscriber, std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t number = first; number <= last; ++number) {
    const auto sample = subscriber.try_take();
    REQUIRE(sample);
    CHECK(sample->number == number);
    CHECK(sample.sequence() == number);
    CHECK(sample.lost_before() == 0);
    CHECK(is_intact(*sample));
  }
  CHECK(subscriber.try_take().outcome() == TakeOutcome::Empty);
}

template <typename M>
void check_every_history() {
  const TestDomain domain = history_domain<M>();
  constexpr std::uint64_t kPublished = 21;  // more than twice round the ring
  ScriptedPublisher<M> publisher(domain, kTopic, {.writer = 1, .batches = {kPublished}});
  publisher.publish_batch();
  // The publisher is stopped: whatever comes, comes without it.
  publisher.process().kill(SIGSTOP);
  auto node = domain.open("reader");
  for (std::uint32_t history = 0; history <= kDepth; ++history) {
    INFO("history " << history);
    auto subscriber = must(node.subscriber<M>(kTopic, {.history = history}));
    check_waiting(subscriber, kPublished - history + 1, kPublished);
    CHECK(subscriber.counts().history_received == history);
    CHECK(subscriber.counts().history_missed == 0);
    CHECK(subscriber.counts().received == 0);
    CHECK(subscriber.counts().lost() == 0);
  }
  publisher.process().kill(SIGCONT);
  publisher.close();
}

}  // namespace

TEST_CASE("a late joiner gets the history it asks for, oldest first, from an idle publisher",
          "[process]") {
  SECTION("of small messages") { check_every_history<Small>(); }
  SECTION("of messages in chunks") { check_every_history<Large>(); }
}

TEST_CASE("a late joiner that asks for more than there is gets all there is", "[process]") {
  const TestDomain domain = history_domain<Small>();
  auto node = domain.open("reader");
  ScriptedPublisher<Small> publisher(domain, kTopic, {.writer = 1, .batches = {3, 2}});
  SECTION("three messages") {
    publisher.publish_batch();
    auto subscriber = must(node.subscriber<Small>(kTopic, {.history = kDepth}));
    check_waiting(subscriber, 1, 3);
    publisher.publish_batch();
    check_waiting(subscriber, 4, 5);
    CHECK(subscriber.counts().history_received == 3);
    CHECK(subscriber.counts().received == 2);
    CHECK(subscriber.counts().lost() == 0);
  }
  SECTION("none") {
    auto subscriber = must(node.subscriber<Small>(kTopic, {.history = kDepth}));
    CHECK_FALSE(subscriber.try_take());
    publisher.publish_batch();
    check_waiting(subscriber, 1, 3);
    CHECK(subscriber.counts().history_received == 0);
    CHECK(subscriber.counts().received == 3);
  }
}

TEST_CASE("history that is overwritten before it is read is missed, not lost", "[process]") {
  const TestDomain domain = history_domain<Small>();
  auto node = domain.open("reader");
  ScriptedPublisher<Small> publisher(domain, kTopic, {.writer = 1, .batches = {10, kDepth + 2}});
  publisher.publish_batch();
  auto subscriber = must(node.subscriber<Small>(kTopic, {.history = 5}));
  publisher.publish_batch();
  // 6 to 10 were history and 11 to 12 news; 13 to 20 are what the ring still has.
  const auto sample = subscriber.try_take();
  REQUIRE(sample);
  CHECK(sample->number == 13);
  CHECK(sample.lost_before() == 2);
  check_waiting(subscriber, 14, 20);
  const SubscriberCounts counts = subscriber.counts();
  CHECK(counts.history_received == 0);
  CHECK(counts.history_missed == 5);
  CHECK(counts.lost_overwritten == 2);
  CHECK(counts.received == 8);
}

TEST_CASE("a late joiner gets the history of every publisher", "[process]") {
  const TestDomain domain = history_domain<Small>();
  auto node = domain.open("reader");
  ScriptedPublisher<Small> one(domain, kTopic, {.writer = 0, .batches = {5}});
  ScriptedPublisher<Small> other(domain, kTopic, {.writer = 1, .batches = {9}});
  one.publish_batch();
  other.publish_batch();
  auto subscriber = must(node.subscriber<Small>(kTopic, {.history = 3}));
  std::uint64_t expected[] = {3, 7};
  for (int i = 0; i < 6; ++i) {
    const auto sample = subscriber.try_take();
    REQUIRE(sample);
    CHECK(sample->number == expected[sample->writer]++);
  }
  CHECK_FALSE(subscriber.try_take());
  CHECK(expected[0] == 6);
  CHECK(expected[1] == 10);
}

}  // namespace tarn::test
