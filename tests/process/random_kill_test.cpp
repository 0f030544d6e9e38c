// SIGKILL at no particular moment: in the middle of a publish, of a take, of a sleep, of a conversation
// with the broker. Nobody else waits for the dead, and every message that was committed is accounted
// for. Seeded: --rng-seed repeats the choices, if not the moments.
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/process/shared_word.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pass_set.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/effort.hpp"
#include "tests/support/seed.hpp"

namespace tarn::test {

namespace {

constexpr const char* kTopic = "topic";
constexpr std::uint32_t kLastWriter = 1'000'000;

// Of each kind; a thousand in all.
std::uint32_t kills() {
  constexpr std::uint32_t kKills = effort(250, 25);
  return std::getenv("TARN_SOAK") == nullptr ? kKills : 10 * kKills;
}

// Random, but not so long that a test takes long.
std::uint64_t pick(std::mt19937& random, std::uint64_t most) {
  return std::uniform_int_distribution<std::uint64_t>(0, most)(random);
}

// False: the child gave up, or is stuck.
bool comes_to(std::uint64_t enough, const SharedWord& progress) {
  const auto end = std::chrono::steady_clock::now() + kWatchdog;
  while (progress.load() < enough) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::yield();
  }
  return true;
}

template <typename M>
void publish_for_ever(Parent& parent, const TestDomain& domain, std::uint32_t writer,
                      SharedWord& progress) {
  auto node = need(parent, Node::open(domain.node("writer")));
  auto publisher = need(parent, node.publisher<M>(kTopic));
  for (std::uint64_t number = 1;; ++number) {
    need(parent, publisher.send(numbered<M>(writer, number)));
    progress.store(number);
  }
}

// What one reader has seen of one publisher.
struct Run {
  std::uint64_t last = 0;
  std::uint64_t lost = 0;
  std::uint64_t received = 0;
};

// Takes until the last writer's message. Reports what does not add up, or "fine".
template <typename M>
void read_until_last(Parent& parent, const TestDomain& domain) {
  auto node = need(parent, Node::open(domain.node("reader")));
  auto subscriber = need(parent, node.subscriber<M>(kTopic));
  parent.report("ready");
  std::map<std::uint32_t, Run> runs;
  while (runs.count(kLastWriter) == 0 || subscriber.publisher_count() > 1) {
    const auto sample = subscriber.wait_take(kWatchdog);
    parent.check(static_cast<bool>(sample), "a message comes");
    parent.check(is_intact(*sample), "it is whole");
    Run& run = runs[sample->writer];
    run.lost += sample.lost_before();
    ++run.received;
    parent.check(sample->number == sample.sequence(), "it is the message of its number");
    parent.check(sample.sequence() == run.last + sample.lost_before() + 1, "none is skipped");
    run.last = sample.sequence();
  }
  std::uint64_t published = 0;
  for (const auto& [writer, run] : runs) published += run.last;
  const SubscriberCounts counts = subscriber.counts();
  parent.check(counts.received + counts.lost() == published, "the counts add up");
  parent.check(counts.safety_wakeups == 0, "every wake-up was a bell");
}

template <typename M>
TestDomain orphan_domain() {
  // Orphans enough that none has to make way before its readers come to it.
  return TestDomain({.topics = {listed(kTopic, sizeof(M),
                                       {.depth = 8, .subscribers = 4, .orphans = 64, .held = 2})}});
}

template <typename M>
void kill_publishers() {
  const TestDomain domain = orphan_domain<M>();
  std::mt19937 random(seed());
  std::vector<ChildProcess> readers;
  for (int i = 0; i < 2; ++i) {
    readers.push_back(
        ChildProcess::start([&](Parent& parent) { read_until_last<M>(parent, domain); }));
    REQUIRE(readers.back().next_report() == "ready");
  }
  const PassSet before(domain);
  Fault fault;
  for (std::uint32_t writer = 0; writer < kills(); ++writer) {
    SharedWord progress;
    auto publisher = ChildProcess::start(
        [&](Parent& parent) { publish_for_ever<M>(parent, domain, writer, progress); });
    const std::uint64_t enough = 1 + pick(random, 3000);
    REQUIRE(comes_to(enough, progress));
    publisher.kill(SIGKILL);
    REQUIRE(publisher.join() == killed_by(SIGKILL));
    fault.died.push_back(publisher.pid());
  }
  before.check(fault);
  {
    auto node = domain.open("last");
    auto publisher = must(node.publisher<M>(kTopic));
    must(publisher.send(numbered<M>(kLastWriter, 1)));
    for (ChildProcess& reader : readers) {
      CHECK(reader.join() == kCleanExit);
      fault.left.push_back(reader.pid());
    }
  }
  before.check(fault);
}

// A reader that takes, holds, sleeps and drops, for ever.
template <typename M>
void read_for_ever(Parent& parent, const TestDomain& domain, SharedWord& progress) {
  auto node = need(parent, Node::open(domain.node("reader")));
  std::array<Sample<M>, 2> held;
  for (std::uint64_t taken = 0;;) {
    auto subscriber = need(parent, node.subscriber<M>(kTopic, {.history = 1}));
    // A subscription of its own for every so many messages: those are begun and ended, too.
    for (int i = 0; i < 50; ++i) {
      held[taken % 2].release();
      held[taken % 2] = subscriber.wait_take(kWatchdog);
      parent.check(held[taken % 2] && is_intact(*held[taken % 2]), "a message comes, whole");
      progress.store(++taken);
    }
    for (Sample<M>& sample : held) sample.release();
  }
}

template <typename M>
void kill_readers() {
  const TestDomain domain = orphan_domain<M>();
  std::mt19937 random(seed());
  SharedWord published;
  SharedWord stop;
  auto publisher = ChildProcess::start([&](Parent& parent) {
    auto node = need(parent, Node::open(domain.node("writer")));
    auto own = need(parent, node.publisher<M>(kTopic));
    for (std::uint64_t number = 1; stop.load() == 0; ++number) {
      // Never short of chunks, whatever the dead have pinned.
      need(parent, own.send(numbered<M>(1, number)));
      published.store(number);
      if (number % 16 == 0) std::this_thread::yield();
    }
  });
  REQUIRE(wait_until([&] { return published.load() > 0; }));
  const PassSet before(domain);
  Fault fault;
  for (std::uint32_t i = 0; i < kills(); ++i) {
    SharedWord progress;
    auto reader =
        ChildProcess::start([&](Parent& parent) { read_for_ever<M>(parent, domain, progress); });
    const std::uint64_t enough = pick(random, 300);
    REQUIRE(comes_to(enough, progress));
    reader.kill(SIGKILL);
    REQUIRE(reader.join() == killed_by(SIGKILL));
    fault.died.push_back(reader.pid());
  }
  REQUIRE(published.load() > 0);
  before.check(fault);
  stop.store(1);
  CHECK(publisher.join() == kCleanExit);
  fault.left.push_back(publisher.pid());
  before.check(fault);
}

// What comes, comes whole and in order.
void read_whatever_comes(Parent& parent, const TestDomain& domain) {
  auto node = need(parent, Node::open(domain.node("reader")));
  auto subscriber = need(parent, node.subscriber<Small>(kTopic));
  parent.report("ready");
  std::map<std::uint32_t, std::uint64_t> last;
  for (std::uint32_t writer = 0; writer != kLastWriter;) {
    const auto sample = subscriber.wait_take(kWatchdog);
    parent.check(sample && is_intact(*sample), "a message comes, whole");
    writer = sample->writer;
    const std::uint64_t expected = last[writer] + sample.lost_before() + 1;
    parent.check(sample.sequence() == expected, "none is skipped");
    last[writer] = sample.sequence();
  }
}

}  // namespace

// There is one place for a publisher, and one for what the last one has left.
TEST_CASE("who is killed and started again under its name is never refused", "[process][kill]") {
  const TestDomain domain(
      {.topics = {listed(kTopic, sizeof(Small),
                         {.depth = 8, .publishers = 1, .subscribers = 1, .orphans = 1})}});
  std::mt19937 random(seed());
  auto reader = ChildProcess::start([&](Parent& parent) { read_whatever_comes(parent, domain); });
  REQUIRE(reader.next_report() == "ready");
  const PassSet before(domain);
  Fault fault;
  const std::uint32_t cycles = 4 * kills();
  for (std::uint32_t cycle = 0; cycle < cycles; ++cycle) {
    SharedWord progress;
    auto publisher = ChildProcess::start(
        [&](Parent& parent) { publish_for_ever<Small>(parent, domain, cycle, progress); });
    const std::uint64_t enough = 1 + pick(random, 30);
    REQUIRE(comes_to(enough, progress));
    publisher.kill(SIGKILL);
    REQUIRE(publisher.join() == killed_by(SIGKILL));
    fault.died.push_back(publisher.pid());
  }
  {
    auto node = domain.open("last");
    must(must(node.publisher<Small>(kTopic)).send(numbered<Small>(kLastWriter, 1)));
    CHECK(reader.join() == kCleanExit);
    fault.left.push_back(reader.pid());
  }
  before.check(fault);
}

TEST_CASE("publishers killed at any moment leave whole messages and exact counts",
          "[process][kill]") {
  SECTION("small ones") { kill_publishers<Small>(); }
  SECTION("in chunks") { kill_publishers<Large>(); }
}

TEST_CASE("readers killed at any moment keep neither chunks nor places", "[process][kill]") {
  SECTION("of small messages") { kill_readers<Small>(); }
  SECTION("of messages in chunks") { kill_readers<Large>(); }
}

}  // namespace tarn::test
