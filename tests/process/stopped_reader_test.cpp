// A stopped reader is alive, and nobody waits for it: publishers come and go, and what it could not
// read is counted to the message when it runs again.
#include <csignal>
#include <cstdint>
#include <sstream>
#include <string>

#include <tarn/tarn.hpp>

#include "tests/process/scripted_publisher.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"

namespace tarn::test {

namespace {

constexpr const char* kTopic = "status";
constexpr std::uint32_t kDepth = 8;
constexpr std::uint32_t kRestarts = 20;
constexpr std::uint32_t kLastWriter = 1000;  // its message tells the reader to stop

// Takes until the last writer's message, then reports received, overwritten, publisher gone, wrong.
template <typename M>
void read_until_last(Parent& parent, const TestDomain& domain) {
  auto node = need(parent, Node::open(domain.node("reader")));
  auto subscriber = need(parent, node.subscriber<M>(kTopic));
  parent.report("ready");
  std::uint64_t wrong = 0;
  bool first = true;
  for (;;) {
    const auto sample = subscriber.wait_take(kWatchdog);
    parent.check(static_cast<bool>(sample), "a message comes");
    if (!is_intact(*sample) || sample.sequence() != sample->number) ++wrong;
    if (first) parent.report("reading");
    first = false;
    if (sample->writer == kLastWriter) break;
  }
  // The rings of other publishers may have something left: rings take turns.
  while (const auto sample = subscriber.try_take()) wrong += is_intact(*sample) ? 0 : 1;
  const SubscriberCounts counts = subscriber.counts();
  std::ostringstream text;
  text << counts.received << ' ' << counts.lost_overwritten << ' ' << counts.lost_publisher_gone
       << ' ' << wrong;
  parent.report(text.str());
}

struct Totals {
  std::uint64_t received = 0;
  std::uint64_t overwritten = 0;
  std::uint64_t publisher_gone = 0;
  std::uint64_t wrong = 0;
};

Totals totals_of(ChildProcess& reader) {
  std::istringstream text(reader.next_report());
  Totals totals;
  text >> totals.received >> totals.overwritten >> totals.publisher_gone >> totals.wrong;
  REQUIRE(text);
  return totals;
}

// Publishers one after the other, ended in order and by SIGKILL in turns; how much they published.
template <typename M>
std::uint64_t restart_publishers(const TestDomain& domain) {
  std::uint64_t published = 0;
  for (std::uint32_t writer = 1; writer <= kRestarts; ++writer) {
    const std::uint64_t count = writer % 5 == 0 ? 0 : writer;  // none, less and more than a ring
    ScriptedPublisher<M> publisher(domain, kTopic, {.writer = writer, .batches = {count}});
    publisher.publish_batch();
    published += count;
    if (writer % 2 == 0) {
      publisher.close();
    } else {
      publisher.kill();
    }
  }
  return published;
}

template <typename M>
void check_stopped_reader(std::uint32_t orphans) {
  const TestDomain domain(
      {.topics = {listed(kTopic, sizeof(M), {.depth = kDepth, .orphans = orphans})}});
  const PoolObserver pool(domain.path());
  auto reader = ChildProcess::start([&](Parent& parent) { read_until_last<M>(parent, domain); });
  REQUIRE(reader.next_report() == "ready");
  std::uint64_t published = 0;
  {
    ScriptedPublisher<M> publisher(domain, kTopic, {.writer = 0, .batches = {1, 3 * kDepth}});
    publisher.publish_batch();
    REQUIRE(reader.next_report() == "reading");
    reader.kill(SIGSTOP);
    publisher.publish_batch();  // the reader is in the middle of this ring
    published += 1 + 3 * kDepth;
    publisher.close();
  }
  published += restart_publishers<M>(domain);
  ScriptedPublisher<M> last(domain, kTopic, {.writer = kLastWriter, .batches = {1}});
  last.publish_batch();
  published += 1;
  reader.kill(SIGCONT);
  const Totals totals = totals_of(reader);
  INFO(totals.received << " received, " << totals.overwritten << " overwritten, "
                       << totals.publisher_gone << " publisher gone");
  CHECK(totals.received + totals.overwritten + totals.publisher_gone == published);
  CHECK(totals.wrong == 0);
  // Of most of the publishers nothing can be left.
  CHECK(totals.publisher_gone > 0);
  CHECK(reader.join() == kCleanExit);
  last.close();
  CHECK(pool.becomes_empty());
}

}  // namespace

TEST_CASE(
    "a stopped reader refuses no publisher its restart and learns to the message what it lost",
    "[process]") {
  const std::uint32_t orphans = GENERATE(0U, 1U, 3U);
  INFO("orphans: " << orphans);
  SECTION("of small messages") { check_stopped_reader<Small>(orphans); }
  SECTION("of messages in chunks") { check_stopped_reader<Large>(orphans); }
}

TEST_CASE("a stopped reader that holds samples keeps them through twenty restarts", "[process]") {
  const TestDomain domain(
      {.topics = {listed(kTopic, sizeof(Large), {.depth = kDepth, .held = 2})}});
  auto reader = ChildProcess::start([&](Parent& parent) {
    auto node = need(parent, Node::open(domain.node("reader")));
    auto subscriber = need(parent, node.subscriber<Large>(kTopic));
    parent.report("ready");
    const auto one = subscriber.wait_take(kWatchdog);
    const auto two = subscriber.wait_take(kWatchdog);
    parent.report("holding");
    parent.wait_for_go();
    parent.check(one && one->number == 1 && is_intact(*one), "the first is what it was");
    parent.check(two && two->number == 2 && is_intact(*two), "the second is what it was");
  });
  REQUIRE(reader.next_report() == "ready");
  {
    ScriptedPublisher<Large> publisher(domain, kTopic, {.writer = 0, .batches = {2}});
    publisher.publish_batch();
    REQUIRE(reader.next_report() == "holding");
    reader.kill(SIGSTOP);
    publisher.kill();
  }
  restart_publishers<Large>(domain);
  reader.kill(SIGCONT);
  reader.go();
  CHECK(reader.join() == kCleanExit);
}

}  // namespace tarn::test
