// A client that writes random bytes over every page it may write: its own areas and lines, and the bells,
// which are everybody's. Those who have to do with it lose what it writes over, and nobody anything else.
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/process/shared_word.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pass_set.hpp"
#include "tests/support/domain/pool_stretches.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/effort.hpp"
#include "tests/support/seed.hpp"

using namespace std::chrono_literals;

namespace tarn::test {

namespace {

constexpr std::uint32_t kHonest = 1;
constexpr std::uint32_t kBuggy = 2;
constexpr std::uint32_t kHonestRings = 3;

std::uint32_t lives() {
  return std::getenv("TARN_SOAK") == nullptr ? effort(8U, 3U) : effort(1000U, 100U);
}

DomainOptions options() {
  return {.topics = {
              listed("honest/small", sizeof(Small), {.depth = 8, .subscribers = 4}),
              listed("honest/large", sizeof(Large), {.depth = 8, .subscribers = 4}),
              listed("honest/strict", sizeof(Small),
                     {.depth = 4,
                      .subscribers = 4,
                      .overflow = plan::Overflow::Block,
                      .timeout = 5ms,
                      .evict_after = 20ms}),
              listed("buggy/large", sizeof(Large), {.depth = 4, .subscribers = 4}),
              listed("buggy/newest", sizeof(Small),
                     {.depth = 4, .subscribers = 4, .overflow = plan::Overflow::DropNewest}),
          }};
}

// Writes over what is there, whole words and single bytes, numbers that may mean something and others. Bells
// are hit one time in so many: a sleeper whose bell is taken away sleeps until its safety time-out.
class Scribbler {
 public:
  Scribbler(std::uint32_t seed, std::uint64_t bells_offset) : random_(seed) {
    for (const PoolStretch& stretch : pool_stretches()) {
      if (!stretch.writable) continue;
      (stretch.offset == bells_offset ? bells_ : own_).push_back(stretch);
    }
  }

  [[nodiscard]] bool has_pages() const { return !own_.empty() && !bells_.empty(); }

  void scribble() {
    const auto& stretches = random_() % 256 == 0 ? bells_ : own_;
    const PoolStretch& stretch = stretches[random_() % stretches.size()];
    const std::size_t at = random_() % (stretch.bytes / sizeof(std::uint64_t));
    const std::uint64_t word = this->word();
    const std::size_t bytes = random_() % 2 == 0 ? sizeof word : 1 + random_() % sizeof word;
    std::memcpy(stretch.first + at * sizeof word, &word, bytes);
  }

 private:
  std::uint64_t word() {
    switch (random_() % 4) {
      case 0:
        return random_() % 64;
      case 1:
        return ~std::uint64_t{0} - random_() % 4;
      case 2:
        return random_() % 64 << 24 | random_() % 4;  // a slot's control word
      default:
        return random_();
    }
  }

  std::mt19937_64 random_;
  std::vector<PoolStretch> own_;
  std::vector<PoolStretch> bells_;
};

// Publishes, reads and scribbles until it is told to stop, and ends without a word.
void live(Parent& parent, const TestDomain& domain, std::uint32_t seed, const SharedWord& stop) {
  const std::uint64_t bells_offset = PoolObserver(domain.path()).view().geometry().bells_offset();
  auto node = need(parent, Node::open(domain.node("buggy")));
  auto large = need(parent, node.publisher<Large>("buggy/large"));
  auto newest = need(parent, node.publisher<Small>("buggy/newest"));
  auto small = need(parent, node.subscriber<Small>("honest/small"));
  auto strict = need(parent, node.subscriber<Small>("honest/strict"));
  auto held = need(parent, node.subscriber<Large>("honest/large", {.history = 1}));
  const auto sample = held.try_take();
  Scribbler scribbler(seed, bells_offset);
  parent.check(scribbler.has_pages(), "there are pages to scribble over");
  parent.report("ready");
  for (std::uint64_t number = 1; stop.load() == 0; ++number) {
    (void)large.send(numbered<Large>(kBuggy, number));
    (void)newest.send(numbered<Small>(kBuggy, number));
    (void)small.try_take();
    (void)strict.try_take();
    (void)small.wait_take(0ns);
    for (int i = 0; i < 64; ++i) scribbler.scribble();
  }
  ::_exit(0);
}

// One who reads without waiting: whatever comes is whole, in order, and none is missing without a count.
template <typename M>
class Account {
 public:
  Account(Node& node, const std::string& topic) : subscriber_(must(node.subscriber<M>(topic))) {}

  void take_all() {
    while (const auto sample = subscriber_.try_take()) {
      CHECK(is_intact(*sample));
      CHECK(sample->number == last_ + 1 + sample.lost_before());
      last_ = sample->number;
    }
  }
  [[nodiscard]] Pair pair(const std::string& name, std::uint64_t published, bool reliable) const {
    const auto counts = subscriber_.counts();
    return {.name = name,
            .published = published,
            .received = counts.received,
            .lost = counts.lost_overwritten + counts.lost_evicted,
            .reliable = reliable};
  }
  [[nodiscard]] std::uint64_t last() const { return last_; }

 private:
  Subscriber<M> subscriber_;
  std::uint64_t last_ = 0;
};

// One who reads what the buggy client publishes: comes to an end with each call.
template <typename M>
class Witness {
 public:
  Witness(Node& node, const std::string& topic) : subscriber_(must(node.subscriber<M>(topic))) {}

  void look() {
    for (int i = 0; i < 8; ++i) {
      const auto sample = subscriber_.try_take();
      if (sample) seen_ += is_intact(*sample) ? 1 : 0;
    }
    const auto latest = subscriber_.read_latest();
    if (latest) seen_ += is_intact(*latest) ? 1 : 0;
  }
  // What is left of its publisher.
  void leave() {
    for (int i = 0; i < 64; ++i) (void)subscriber_.try_take();
  }
  [[nodiscard]] std::uint64_t seen() const { return seen_; }

 private:
  Subscriber<M> subscriber_;
  std::uint64_t seen_ = 0;
};

// Those who are there all the time, in one thread.
class Others {
 public:
  explicit Others(const TestDomain& domain)
      : node_(domain.open("honest")),
        small_(must(node_.publisher<Small>("honest/small"))),
        large_(must(node_.publisher<Large>("honest/large"))),
        strict_(must(node_.publisher<Small>("honest/strict"))),
        reads_small_(node_, "honest/small"),
        reads_large_(node_, "honest/large"),
        reads_strict_(node_, "honest/strict"),
        sees_large_(node_, "buggy/large"),
        sees_newest_(node_, "buggy/newest") {}

  void play() {
    ++published_;
    must(small_.send(numbered<Small>(kHonest, published_)));
    must(large_.send(numbered<Large>(kHonest, published_)));
    // The other reliable reader is waited for until it is demoted, and no longer.
    REQUIRE(
        wait_until([&] { return strict_.send(numbered<Small>(kHonest, published_)).has_value(); }));
    reads_small_.take_all();
    reads_large_.take_all();
    reads_strict_.take_all();
    sees_large_.look();
    sees_newest_.look();
  }
  void let_go() {
    sees_large_.leave();
    sees_newest_.leave();
  }
  [[nodiscard]] std::vector<Pair> pairs() const {
    return {reads_small_.pair("small", published_, false),
            reads_large_.pair("large", published_, false),
            reads_strict_.pair("strict", published_, true)};
  }
  [[nodiscard]] std::uint64_t published() const { return published_; }
  [[nodiscard]] bool all_received() const {
    return reads_small_.last() == published_ && reads_large_.last() == published_ &&
           reads_strict_.last() == published_;
  }
  [[nodiscard]] std::uint64_t seen() const { return sees_large_.seen() + sees_newest_.seen(); }

 private:
  Node node_;
  Publisher<Small> small_;
  Publisher<Large> large_;
  Publisher<Small> strict_;
  Account<Small> reads_small_;
  Account<Large> reads_large_;
  Account<Small> reads_strict_;
  Witness<Large> sees_large_;
  Witness<Small> sees_newest_;
  std::uint64_t published_ = 0;
};

// Everything of the pool that a client with these offsets may not write, as one number.
class Rest {
 public:
  explicit Rest(const pool::PoolView& pool) : pool_(pool) {}

  void leave_out(std::uint64_t offset, std::uint64_t bytes) {
    left_out_.push_back({offset, bytes});
  }

  [[nodiscard]] std::uint64_t hash() const {
    const std::uint32_t page_bytes = pool_.geometry().page_bytes;
    std::uint64_t hash = 0;
    for (std::uint64_t page = 0; page < pool_.geometry().pool_bytes; page += page_bytes) {
      if (is_left_out(page)) continue;
      const std::string_view bytes(reinterpret_cast<const char*>(pool_.base() + page), page_bytes);
      hash = hash * 0x9E3779B97F4A7C15 + std::hash<std::string_view>()(bytes);
    }
    return hash;
  }

 private:
  struct Range {
    std::uint64_t offset;
    std::uint64_t bytes;
  };

  [[nodiscard]] bool is_left_out(std::uint64_t page) const {
    for (const Range& range : left_out_) {
      if (page >= range.offset && page - range.offset < range.bytes) return true;
    }
    return false;
  }

  pool::PoolView pool_;
  std::vector<Range> left_out_;
};

}  // namespace

TEST_CASE("random bytes over all that a client may write cost others nothing", "[survive]") {
  TestDomain domain(options());
  const PoolObserver pool(domain.path());
  Others others(domain);
  for (std::uint32_t life = 0; life < lives(); ++life) {
    CAPTURE(life);
    others.play();
    const PassSet before(domain);
    SharedWord stop;
    auto buggy =
        ChildProcess::start([&](Parent& parent) { live(parent, domain, seed() + life, stop); });
    REQUIRE(buggy.next_report() == "ready");
    for (int round = 0; round < 60; ++round) others.play();
    stop.store(1);
    const auto end = buggy.join();
    INFO("it ended by itself: " << describe(end));
    for (int round = 0; round < 20; ++round) others.play();
    CHECK(others.all_received());
    // Its rings go once they were read to their end, which there is, whatever stands in them.
    REQUIRE(wait_until([&] {
      others.let_go();
      return pool.usage().rings == kHonestRings;
    }));
    before.check({.died = buggy.pid(), .pairs = others.pairs()});
  }
  CHECK(others.seen() > 0);
  // What stands there was written over as well.
  domain.expect_safety_wakeups(pool.safety_wakeups());
}

TEST_CASE("random bytes over all that a client may write change no page of somebody else",
          "[survive]") {
  TestDomain domain(options());
  const PoolObserver pool(domain.path());
  Others others(domain);
  for (int round = 0; round < 20; ++round) others.play();
  auto buggy = ChildProcess::start([&](Parent& parent) {
    auto node = need(parent, Node::open(domain.node("buggy")));
    const auto publisher = need(parent, node.publisher<Large>("buggy/large"));
    const auto subscriber = need(parent, node.subscriber<Small>("honest/small"));
    Scribbler scribbler(seed(), pool.view().geometry().bells_offset());
    std::string pages;
    for (const PoolStretch& stretch : pool_stretches()) {
      if (!stretch.writable) continue;
      pages += std::to_string(stretch.offset) + " " + std::to_string(stretch.bytes) + " ";
    }
    parent.report(pages);
    parent.wait_for_go();
    for (int i = 0; i < effort(1'000'000, 100'000); ++i) scribbler.scribble();
    parent.report("done");
    parent.wait_for_go();
    ::_exit(0);
  });
  std::istringstream pages(buggy.next_report());
  Rest rest(pool.view());
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  while (pages >> offset >> bytes) rest.leave_out(offset, bytes);
  const std::uint64_t before = rest.hash();
  buggy.go();
  REQUIRE(buggy.next_report() == "done");
  CHECK(rest.hash() == before);
  buggy.go();
  CHECK(buggy.join() == kCleanExit);
  domain.expect_safety_wakeups(pool.safety_wakeups());
}

}  // namespace tarn::test
