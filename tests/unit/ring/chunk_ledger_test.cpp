#include "middleware/ring/chunk_ledger.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/ring_publisher.hpp"
#include "tests/support/seed.hpp"

using tarn::ring::ChunkLedger;
using tarn::ring::kNoChunk;
using tarn::ring::TakenMessage;
using tarn::ring::TakeState;
using tarn::test::payload_holds;
using tarn::test::RingMemory;
using tarn::test::TestPublisher;
using tarn::test::TestReader;

namespace {

constexpr std::uint32_t kGidBase = 1000;

void reclaim(ChunkLedger& ledger, tarn::ring::PinSpan pins) {
  ledger.clear_marks();
  ledger.mark_pinned(pins, kGidBase);
  ledger.free_unmarked();
}

}  // namespace

TEST_CASE("a new ledger has every chunk free, the first one first", "[ring]") {
  for (const std::uint32_t count : {0U, 1U, 63U, 64U, 65U, 200U}) {
    ChunkLedger ledger(count);
    REQUIRE(ledger.free_count() == count);
    REQUIRE(ledger.retired_count() == 0);
    for (std::uint32_t chunk = 0; chunk < count; ++chunk) REQUIRE(ledger.pop_free() == chunk);
    REQUIRE_FALSE(ledger.has_free());
  }
}

TEST_CASE("a chunk given back is the next one out", "[ring]") {
  ChunkLedger ledger(3);
  const std::uint32_t chunk = ledger.pop_free();
  REQUIRE(ledger.pop_free() != chunk);
  ledger.give_back(chunk);
  REQUIRE(ledger.pop_free() == chunk);
}

TEST_CASE("a chunk in several rings is retired when it has left the last of them", "[ring]") {
  ChunkLedger ledger(2, 3);
  const std::uint32_t chunk = ledger.pop_free();
  for (int ring = 0; ring < 3; ++ring) ledger.enter(chunk);
  ledger.leave(chunk);
  ledger.leave(chunk);
  REQUIRE(ledger.retired_count() == 0);
  ledger.leave(chunk);
  REQUIRE(ledger.retired_count() == 1);
  reclaim(ledger, {});
  REQUIRE(ledger.free_count() == 2);
  SECTION("and starts anew when it is published again") {
    const std::uint32_t again = ledger.pop_free();
    REQUIRE(again == chunk);
    ledger.enter(again);
    ledger.leave(again);
    REQUIRE(ledger.retired_count() == 1);
  }
}

TEST_CASE("a retired chunk stays retired while any pin has it", "[ring]") {
  for (const std::uint32_t chunk : {0U, 63U, 64U, 129U}) {
    ChunkLedger ledger(130);
    while (ledger.has_free() && ledger.pop_free() != 129) {
    }
    REQUIRE_FALSE(ledger.has_free());
    ledger.retire(chunk);
    std::array<std::uint32_t, 3> pins{0, 0, kGidBase + chunk + 1};
    reclaim(ledger, pins);
    REQUIRE_FALSE(ledger.has_free());
    REQUIRE(ledger.retired_count() == 1);
    pins[2] = 0;
    reclaim(ledger, pins);
    REQUIRE(ledger.retired_count() == 0);
    REQUIRE(ledger.pop_free() == chunk);
  }
}

TEST_CASE("pins on other rings' chunks and nonsense in pins hold nothing", "[ring]") {
  ChunkLedger ledger(4);
  for (int i = 0; i < 4; ++i) ledger.retire(ledger.pop_free());
  const std::array<std::uint32_t, 6> pins{kGidBase,         kGidBase + 4 + 1, 1,
                                          kGidBase - 1000U, 0xFFFFFFFF,       0x80000000};
  reclaim(ledger, pins);
  REQUIRE(ledger.free_count() == 4);
}

TEST_CASE("only the chunks that are pinned stay behind in a scan of many", "[ring]") {
  ChunkLedger ledger(100);
  std::vector<std::uint32_t> pins;
  for (std::uint32_t chunk = 0; chunk < 100; ++chunk) {
    ledger.retire(ledger.pop_free());
    if (chunk % 7 == 0) pins.push_back(kGidBase + chunk + 1);
  }
  reclaim(ledger, pins);
  REQUIRE(ledger.retired_count() == pins.size());
  REQUIRE(ledger.free_count() == 100 - pins.size());
  while (ledger.has_free()) REQUIRE(ledger.pop_free() % 7 != 0);
  reclaim(ledger, {});
  REQUIRE(ledger.free_count() == pins.size());
}

namespace {

struct Load {
  std::uint32_t depth = 1;
  std::uint32_t loans = 1;
  std::uint32_t members = 0;
  std::uint32_t held = 1;

  [[nodiscard]] std::uint32_t chunks() const { return depth + loans + held * members; }
};

// A publisher that loans, publishes and gives back, and members that take and release, at random.
class Traffic {
 public:
  Traffic(const Load& load, std::uint32_t seed)
      : load_(load),
        ring_({.depth = load.depth, .chunk_count = load.chunks(), .gid_base = kGidBase}),
        publisher_(ring_.view()),
        random_(seed) {
    for (std::uint32_t place = 0; place < load.members; ++place) {
      readers_.push_back(std::make_unique<TestReader>(ring_.view(), tarn::ring::ReaderStart{},
                                                      load.depth, load.held));
      publisher_.members().set(place, {.pins = readers_.back()->pins()});
    }
  }

  void step() {
    switch (below(load_.members == 0 ? 3 : 6)) {
      case 0:
        loan();
        break;
      case 1:
      case 2:
        hand_over();
        break;
      case 3:
      case 4:
        take();
        break;
      default:
        release();
        break;
    }
  }

  // Every slot used, every loan out, every pin set on a chunk that is in no slot any more.
  void drive_to_the_worst() {
    while (!loaned_.empty()) hand_over();
    for (std::uint32_t i = 0; i < load_.held; ++i) {
      for (auto& reader : readers_) {
        publish_one();
        REQUIRE(reader->reader().skip_to_newest());
        const auto result = reader->take();
        REQUIRE(result.state == TakeState::Taken);
        held_.push_back(result.message);
      }
    }
    for (std::uint32_t i = 0; i < load_.depth; ++i) publish_one();
    while (loaned_.size() < load_.loans) loan();
  }

  [[nodiscard]] std::size_t loaned() const { return loaned_.size(); }
  [[nodiscard]] TestPublisher& publisher() { return publisher_; }

  void check() {
    std::uint32_t in_ring = 0;
    for (std::uint32_t index = 0; index < load_.depth; ++index) {
      if (tarn_ctl_chunk(ring_.view().slot(index)->ctl) < load_.chunks()) ++in_ring;
    }
    const ChunkLedger& ledger = publisher_.ledger();
    REQUIRE(ledger.free_count() + ledger.retired_count() + in_ring + loaned_.size() ==
            load_.chunks());
    for (const TakenMessage& message : held_) REQUIRE(payload_holds(message));
  }

 private:
  std::uint32_t below(std::uint32_t limit) {
    return std::uniform_int_distribution<std::uint32_t>(0, limit - 1)(random_);
  }

  void loan() {
    if (loaned_.size() == load_.loans) return;
    const std::uint32_t chunk = publisher_.loan();
    REQUIRE(chunk != kNoChunk);
    REQUIRE(std::find(loaned_.begin(), loaned_.end(), chunk) == loaned_.end());
    tarn::test::fill_payload({ring_.view().chunk(chunk), 64}, ~std::uint64_t{0});
    loaned_.push_back(chunk);
  }

  void publish_one() {
    loan();
    hand_over(true);
  }

  void hand_over(bool surely = false) {
    if (loaned_.empty()) return;
    const std::uint32_t chunk = loaned_.back();
    loaned_.pop_back();
    if (surely || below(4) != 0) {
      publisher_.publish_loan(chunk);
    } else {
      publisher_.ledger().give_back(chunk);
    }
  }

  void take() {
    const auto result = readers_[below(load_.members)]->take();
    if (result.state == TakeState::Taken) held_.push_back(result.message);
  }

  void release() {
    if (held_.empty()) return;
    const std::size_t which = below(static_cast<std::uint32_t>(held_.size()));
    tarn_pin_release(held_[which].pin);
    held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(which));
  }

  Load load_;
  RingMemory ring_;
  TestPublisher publisher_;
  std::vector<std::unique_ptr<TestReader>> readers_;
  std::vector<std::uint32_t> loaned_;
  std::vector<TakenMessage> held_;
  std::mt19937 random_;
};

}  // namespace

TEST_CASE("no chunk is lost and no loan fails while all are used as planned", "[ring]") {
  std::mt19937 random(tarn::test::seed());
  const auto from_to = [&](std::uint32_t low, std::uint32_t high) {
    return std::uniform_int_distribution<std::uint32_t>(low, high)(random);
  };
  for (int round = 0; round < 60; ++round) {
    const Load load{.depth = from_to(1, 9),
                    .loans = from_to(1, 3),
                    .members = from_to(0, 4),
                    .held = from_to(1, 3)};
    CAPTURE(load.depth, load.loans, load.members, load.held);
    Traffic traffic(load, from_to(0, 0xFFFFFFFF));
    for (int i = 0; i < 600; ++i) {
      traffic.step();
      traffic.check();
    }
  }
}

TEST_CASE("at the worst the planned chunks are just enough", "[ring]") {
  for (const Load& load :
       {Load{1, 1, 1, 1}, Load{4, 2, 3, 2}, Load{16, 2, 8, 2}, Load{3, 1, 0, 1}}) {
    Traffic traffic(load, 1);
    traffic.drive_to_the_worst();
    traffic.check();
    REQUIRE(traffic.loaned() == load.loans);
    // Nothing is left over: one chunk less, and the last loan had failed.
    traffic.publisher().reclaim();
    REQUIRE(traffic.publisher().ledger().free_count() == 0);
  }
}
