// Readers that come and go while the publisher runs, with and without history.
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "tests/race/race_readers.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/seed.hpp"

using tarn::ring::PinSet;
using tarn::ring::RingReader;
using tarn::ring::TakeState;
using tarn::test::accounted;
using tarn::test::Act;
using tarn::test::Actor;
using tarn::test::payload_holds;
using tarn::test::RacePublisher;
using tarn::test::repeats;
using tarn::test::RingMemory;
using tarn::test::RingShape;
using tarn::test::start_now;
using tarn::test::Way;
using tarn::test::ways;

namespace {

// Joins, takes a few messages, leaves, and joins again, until the ring is closed and drained.
class Joiner {
 public:
  Joiner(const RingMemory& ring, std::uint64_t history, std::uint32_t seed)
      : ring_(ring.view()), history_(history), pins_(1), random_(seed) {}

  Act operator()() {
    if (!reader_) join();
    const bool drained = reader_->drained();
    PinSet pins{pins_};
    const auto result = reader_->take(pins, std::as_writable_bytes(std::span(buffer_)));
    if (result.state == TakeState::Taken) {
      check(result.message);
    } else if (result.state != TakeState::Empty) {
      ++wrong_;
    } else if (drained) {
      leave();
      return Act::Done;
    } else {
      return Act::Idle;
    }
    if (random_() % 12 == 0) leave();
    return Act::Acted;
  }

  [[nodiscard]] std::uint64_t wrong() const { return wrong_; }
  [[nodiscard]] std::uint64_t joins() const { return joins_; }
  [[nodiscard]] std::span<std::uint32_t> pins() { return pins_; }

 private:
  void join() {
    const std::uint64_t newest = newest_sequence(ring_);
    start_ = start_now(ring_, history_);
    // Whoever joins now cannot miss what is published from now on, nor get more history than it asks.
    if (start_.first < newest + 1 || start_.first - start_.from > history_) ++wrong_;
    reader_.emplace(ring_, &join_, start_, ring_.depth);
    last_ = start_.from - 1;
    ++joins_;
  }

  void check(const tarn::ring::TakenMessage& message) {
    if (!payload_holds(message) || message.sequence <= last_) ++wrong_;
    last_ = message.sequence;
    if (message.pin != nullptr) tarn_pin_release(message.pin);
  }

  void leave() {
    const auto& counts = reader_->counts();
    const std::uint64_t cursor = reader_->cursor();
    if (accounted(counts) != std::max(cursor, start_.first) - start_.first) ++wrong_;
    if (counts.history_received + counts.history_missed !=
        std::min(cursor, start_.first) - start_.from) {
      ++wrong_;
    }
    reader_->leave();
    if (join_.cursor != tarn::ring::kLeft) ++wrong_;
    reader_.reset();
  }

  tarn::ring::RingView ring_;
  std::uint64_t history_;
  std::vector<std::uint32_t> pins_;
  std::uint64_t buffer_[5] = {};
  std::minstd_rand random_;
  tarn::ring::JoinLayout join_{};
  tarn::ring::ReaderStart start_;
  std::optional<RingReader> reader_;
  std::uint64_t last_ = 0;
  std::uint64_t wrong_ = 0;
  std::uint64_t joins_ = 0;
};

}  // namespace

TEST_CASE("a reader that joins in the middle gets its history and misses nothing after it",
          "[race]") {
  std::minstd_rand random(tarn::test::seed());
  const auto word = [&] { return static_cast<std::uint32_t>(random()); };
  for (const std::uint32_t depth : {1U, 2U, 16U}) {
    for (const std::uint64_t history : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{depth}}) {
      for (const bool chunks : {false, true}) {
        for (const Way way : ways()) {
          CAPTURE(depth, history, chunks, static_cast<int>(way));
          const RingMemory ring(
              RingShape{.depth = depth, .chunk_count = chunks ? depth + 1 + 2 : 0});
          RacePublisher publisher(ring.view(), repeats(way, 20'000));
          std::vector<std::unique_ptr<Joiner>> joiners;
          std::vector<Actor> actors{std::ref(publisher)};
          for (std::uint32_t i = 0; i < 2; ++i) {
            joiners.push_back(std::make_unique<Joiner>(ring, history, word()));
            publisher.publisher().members().set(i, {.pins = joiners.back()->pins()});
            actors.emplace_back(std::ref(*joiners.back()));
          }
          REQUIRE(run(way, std::move(actors), word()));
          require_nothing(publisher.findings());
          for (const auto& joiner : joiners) {
            REQUIRE(joiner->wrong() == 0);
            REQUIRE(joiner->joins() > 0);
          }
        }
      }
    }
  }
}
