// A sample stays what it is as long as it is held, whatever becomes of its publisher.
#include <cstdint>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/process/scripted_publisher.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"

namespace tarn::test {

namespace {

constexpr const char* kTopic = "camera";
constexpr std::uint32_t kHeld = 3;

TestDomain small_domain() {
  return TestDomain(
      {.topics = {listed(kTopic, sizeof(Large), {.depth = 4, .subscribers = 2, .held = kHeld})}});
}

void check_held(const std::vector<Sample<Large>>& held) {
  for (std::size_t i = 0; i < held.size(); ++i) {
    CHECK(held[i]->writer == 1);
    CHECK(held[i]->number == i + 1);
    CHECK(is_intact(*held[i]));
  }
}

std::vector<Sample<Large>> take(Subscriber<Large>& subscriber, std::uint32_t count) {
  std::vector<Sample<Large>> taken;
  for (std::uint32_t i = 0; i < count; ++i) {
    taken.push_back(subscriber.wait_take(kWatchdog));
    REQUIRE(taken.back());
  }
  return taken;
}

// The next sample, intact; returns its number.
std::uint64_t take_number(Subscriber<Large>& subscriber) {
  const auto sample = subscriber.wait_take(kWatchdog);
  REQUIRE(sample);
  CHECK(is_intact(*sample));
  return sample->number;
}

}  // namespace

TEST_CASE("a held sample survives that its ring is overwritten many times over", "[process]") {
  const TestDomain domain = small_domain();
  auto node = domain.open("reader");
  auto subscriber = must(node.subscriber<Large>(kTopic));
  ScriptedPublisher<Large> publisher(domain, kTopic, {.writer = 1, .batches = {kHeld, 1000}});
  publisher.publish_batch();
  const auto held = take(subscriber, kHeld);
  publisher.publish_batch();
  check_held(held);
  publisher.close();
  check_held(held);
}

TEST_CASE("a held sample survives the SIGKILL of its publisher and the publishers after it",
          "[process]") {
  const TestDomain domain = small_domain();
  auto node = domain.open("reader");
  auto subscriber = must(node.subscriber<Large>(kTopic));
  std::vector<Sample<Large>> held;
  {
    ScriptedPublisher<Large> publisher(domain, kTopic, {.writer = 1, .batches = {kHeld, 1000}});
    publisher.publish_batch();
    held = take(subscriber, kHeld);
    publisher.publish_batch();
    publisher.kill();
  }
  for (std::uint32_t writer = 2; writer < 6; ++writer) {
    ScriptedPublisher<Large> publisher(domain, kTopic, {.writer = writer, .batches = {1000}});
    publisher.publish_batch();
    publisher.close();
    check_held(held);
  }
  held.clear();
  // The last publisher's newest four messages are the last that wait.
  while (subscriber.counts().received + subscriber.counts().lost() < kHeld + 1000 + 4 * 1000) {
    REQUIRE(take_number(subscriber) > 0);
  }
  CHECK_FALSE(subscriber.try_take());
}

TEST_CASE("the memory under samples of dead publishers comes back when the samples are released",
          "[process]") {
  const TestDomain domain = small_domain();
  const PoolObserver pool(domain.path());
  std::vector<Sample<Large>> held;
  {
    auto node = domain.open("reader");
    auto subscriber = must(node.subscriber<Large>(kTopic));
    ScriptedPublisher<Large> publisher(domain, kTopic, {.writer = 1, .batches = {kHeld}});
    publisher.publish_batch();
    held = take(subscriber, kHeld);
    publisher.kill();
  }
  // Node and subscriber are gone, and yet:
  check_held(held);
  REQUIRE(wait_until([&] { return pool.usage().orphan_bytes > 0; }));
  CHECK(pool.usage().area_bytes == pool.usage().orphan_bytes);
  check_held(held);
  held.clear();
  CHECK(pool.becomes_empty());
}

TEST_CASE("a reader that is killed gives back what it held", "[process]") {
  const TestDomain domain = small_domain();
  const PoolObserver pool(domain.path());
  auto reader = ChildProcess::start([&](Parent& parent) {
    auto node = need(parent, Node::open(domain.node("reader")));
    auto subscriber = need(parent, node.subscriber<Large>(kTopic));
    parent.report("ready");
    std::vector<Sample<Large>> held;
    while (held.size() < kHeld) held.push_back(subscriber.wait_take(kWatchdog));
    parent.report("holding");
    parent.wait_for_go();
  });
  REQUIRE(reader.next_report() == "ready");
  ScriptedPublisher<Large> publisher(domain, kTopic, {.writer = 1, .batches = {kHeld, 1000}});
  publisher.publish_batch();
  REQUIRE(reader.next_report() == "holding");
  reader.kill(SIGKILL);
  REQUIRE(reader.join() == killed_by(SIGKILL));
  REQUIRE(wait_until([&] { return pool.usage().subscribers == 0; }));
  // Each of these needs a chunk; none is left pinned for ever.
  publisher.publish_batch();
  publisher.close();
  CHECK(pool.becomes_empty());
}

}  // namespace tarn::test
