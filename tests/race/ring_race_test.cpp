#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "tests/race/race_readers.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/seed.hpp"

using tarn::ring::TakenMessage;
using tarn::test::accounted;
using tarn::test::Act;
using tarn::test::Actor;
using tarn::test::Findings;
using tarn::test::RacePublisher;
using tarn::test::RaceReader;
using tarn::test::RaceReaderOptions;
using tarn::test::repeats;
using tarn::test::RingMemory;
using tarn::test::RingShape;
using tarn::test::Way;
using tarn::test::ways;

namespace {

// A ring, its publisher, and readers of it.
class Scene {
 public:
  Scene(const RingShape& shape, std::uint64_t count, std::uint64_t inline_every = 0)
      : ring_(shape),
        count_(count),
        random_(tarn::test::seed()),
        publisher_(ring_.view(), count, inline_every) {}

  RaceReader& add(const RaceReaderOptions& options, RaceReader::LetGo let_go = {}) {
    readers_.push_back(
        std::make_unique<RaceReader>(ring_.view(), options, word(), std::move(let_go)));
    publisher_.publisher().members().set(static_cast<std::uint32_t>(readers_.size()) - 1,
                                         {.pins = readers_.back()->reader().pins()});
    return *readers_.back();
  }

  [[nodiscard]] std::vector<Actor> actors() {
    std::vector<Actor> actors{std::ref(publisher_)};
    for (auto& reader : readers_) actors.emplace_back(std::ref(*reader));
    return actors;
  }

  void run(Way way, std::vector<Actor> more = {}) {
    std::vector<Actor> all = actors();
    all.insert(all.end(), more.begin(), more.end());
    REQUIRE(tarn::test::run(way, std::move(all), word()));
    require_nothing(publisher_.findings());
    for (auto& reader : readers_) {
      require_nothing(reader->findings());
      REQUIRE(reader->last() == count_);
      REQUIRE(accounted(reader->reader().counts()) == count_);
      REQUIRE(tarn::ring::PinSet{reader->reader().pins()}.all_free());
    }
  }

  [[nodiscard]] std::vector<std::unique_ptr<RaceReader>>& readers() { return readers_; }
  std::uint32_t word() { return static_cast<std::uint32_t>(random_()); }

 private:
  RingMemory ring_;
  std::uint64_t count_;
  std::minstd_rand random_;
  RacePublisher publisher_;
  std::vector<std::unique_ptr<RaceReader>> readers_;
};

// Exactly what the plan gives a topic, with nothing to spare.
RingShape chunk_shape(std::uint32_t depth, std::uint32_t readers, std::uint32_t held) {
  return {.depth = depth, .chunk_count = depth + 1 + readers * held, .chunk_bytes = 256};
}

}  // namespace

TEST_CASE("each inline message is taken whole or counted", "[race]") {
  for (const std::uint32_t depth : {1U, 2U, 3U, 16U}) {
    for (const std::uint32_t readers : {1U, 4U}) {
      for (const Way way : ways()) {
        CAPTURE(depth, readers, static_cast<int>(way));
        Scene scene({.depth = depth, .slot_bytes = depth == 3 ? 256U : 64U}, repeats(way, 60'000));
        for (std::uint32_t i = 0; i < readers; ++i) scene.add({});
        scene.run(way);
      }
    }
  }
}

TEST_CASE("each chunk is left alone while a reader has it", "[race]") {
  for (const std::uint32_t depth : {1U, 2U, 16U}) {
    for (const std::uint32_t readers : {1U, 4U}) {
      for (const Way way : ways()) {
        CAPTURE(depth, readers, static_cast<int>(way));
        Scene scene(chunk_shape(depth, readers, 3), repeats(way, 60'000));
        for (std::uint32_t i = 0; i < readers; ++i) scene.add({.held = 3});
        scene.run(way);
      }
    }
  }
}

TEST_CASE("a ring may hold inline messages beside chunks", "[race]") {
  // A slot that changes from one to the other has the length of a chunk beside inline words, and the
  // other way round.
  for (const std::uint32_t depth : {1U, 3U}) {
    for (const Way way : ways()) {
      CAPTURE(depth, static_cast<int>(way));
      Scene scene(chunk_shape(depth, 2, 1), repeats(way, 60'000), 2);
      scene.add({});
      scene.add({});
      scene.run(way);
    }
  }
}

namespace {

// Lets go of another thread's samples, checking them once more.
class Releaser {
 public:
  void give(const TakenMessage& message) {
    const std::lock_guard guard(lock_);
    queue_.push_back(message);
  }

  Act operator()() {
    std::unique_lock guard(lock_);
    if (queue_.empty()) return over_() ? Act::Done : Act::Idle;
    const TakenMessage message = queue_.front();
    queue_.pop_front();
    guard.unlock();
    RaceReader::check_payload(message, findings_);
    tarn_pin_release(message.pin);
    return Act::Acted;
  }

  // Asked for the end: nothing more will be given.
  void set_over(std::function<bool()> over) { over_ = std::move(over); }
  [[nodiscard]] const Findings& findings() const { return findings_; }

 private:
  std::mutex lock_;
  std::deque<TakenMessage> queue_;
  std::function<bool()> over_;
  Findings findings_;
};

}  // namespace

TEST_CASE("a sample may be released on another thread", "[race]") {
  for (const std::uint32_t depth : {1U, 2U, 8U}) {
    for (const Way way : ways()) {
      CAPTURE(depth, static_cast<int>(way));
      Scene scene(chunk_shape(depth, 2, 2), repeats(way, 60'000));
      Releaser releaser;
      for (int i = 0; i < 2; ++i) {
        scene.add({.held = 2}, [&](const TakenMessage& message) { releaser.give(message); });
      }
      releaser.set_over([&] {
        return std::all_of(scene.readers().begin(), scene.readers().end(),
                           [](const auto& reader) { return reader->is_done(); });
      });
      scene.run(way, {std::ref(releaser)});
      require_nothing(releaser.findings());
    }
  }
}

TEST_CASE("a reader of the last few messages never gets an older one", "[race]") {
  for (const std::uint32_t depth : {2U, 5U, 16U}) {
    for (const std::uint32_t keep_last : {1U, depth - 1}) {
      for (const bool chunks : {false, true}) {
        for (const Way way : ways()) {
          CAPTURE(depth, keep_last, chunks, static_cast<int>(way));
          Scene scene(chunks ? chunk_shape(depth, 2, 1) : RingShape{.depth = depth},
                      repeats(way, 60'000));
          scene.add({.keep_last = keep_last});
          scene.add({.keep_last = keep_last});
          scene.run(way);
        }
      }
    }
  }
}

TEST_CASE("a reader of the latest message never goes back", "[race]") {
  for (const std::uint32_t depth : {1U, 2U, 5U}) {
    for (const bool chunks : {false, true}) {
      for (const Way way : ways()) {
        CAPTURE(depth, chunks, static_cast<int>(way));
        Scene scene(chunks ? chunk_shape(depth, 2, 1) : RingShape{.depth = depth},
                    repeats(way, 60'000));
        scene.add({.latest = true});
        scene.add({.latest = true});
        scene.run(way);
      }
    }
  }
}
