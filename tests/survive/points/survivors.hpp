// Those who go on while somebody else is killed: readers in processes of their own that check each message
// they get, again when they give it back, and that the counts add up. Main thread of the test.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/process/shared_word.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/test_domain.hpp"

namespace tarn::test {

inline constexpr const char* kPointsTopic = "topic";
inline constexpr std::uint32_t kSuccessor = 1'000'000;
inline constexpr std::uint32_t kLastWriter = 1'000'001;

enum class Waiting { OnTheTopic, OnAWaitSet };

// What one reader has seen of one publisher.
struct SeenRun {
  std::uint64_t last = 0;
  std::uint64_t lost = 0;
};

// One subscription's notes: every message is whole, the one of its number, and follows from the last.
class Notes {
 public:
  explicit Notes(Parent& parent) : parent_(parent) {}

  template <typename M>
  void note(const Sample<M>& sample) {
    parent_.check(static_cast<bool>(sample), "a message comes");
    parent_.check(is_intact(*sample), "it is whole");
    SeenRun& run = runs_[sample->writer];
    parent_.check(sample->number == sample.sequence(), "it is the message of its number");
    parent_.check(sample.sequence() == run.last + sample.lost_before() + 1, "none is skipped");
    run.lost += sample.lost_before();
    run.last = sample.sequence();
  }

 private:
  Parent& parent_;
  std::map<std::uint32_t, SeenRun> runs_{};
};

// Where a reader has come: the last message's writer and number in one word.
[[nodiscard]] constexpr std::uint64_t place_of(std::uint32_t writer, std::uint64_t number) {
  return std::uint64_t{writer} << 32 | (number & 0xFFFFFFFF);
}

template <typename M>
class Survivor {
 public:
  Survivor(const TestDomain& domain, Waiting waiting)
      : seen_(std::make_unique<SharedWord>()),
        process_(ChildProcess::start(
            [&, seen = seen_.get()](Parent& parent) { read(parent, domain, waiting, *seen); })) {
    REQUIRE(process_.next_report() == "ready");
  }

  [[nodiscard]] std::int32_t pid() const { return process_.pid(); }
  [[nodiscard]] std::uint64_t seen() const { return seen_->load(); }
  // After the last writer's message.
  [[nodiscard]] ChildEnd join() { return process_.join(); }

 private:
  static void read(Parent& parent, const TestDomain& domain, Waiting waiting, SharedWord& seen) {
    auto node = need(parent, Node::open(domain.node("survivor")));
    auto subscriber = need(parent, node.subscriber<M>(kPointsTopic));
    auto set = need(parent, node.wait_set());
    // A set of one lies where its subscriber would; it is two that sleep for each other.
    auto other = need(parent, node.subscriber<M>("other"));
    if (waiting == Waiting::OnAWaitSet) {
      need(parent, set.attach(subscriber));
      need(parent, set.attach(other));
    }
    parent.report("ready");
    Notes notes(parent);
    std::array<Sample<M>, 2> held;
    for (std::uint64_t taken = 0;; ++taken) {
      Sample<M>& place = held[taken % 2];
      if (place) parent.check(is_intact(*place), "what is held stays as it was");
      place.release();
      if (waiting == Waiting::OnAWaitSet) {
        while (!(place = subscriber.try_take())) need(parent, set.wait(kWatchdog));
      } else {
        place = subscriber.wait_take(kWatchdog);
      }
      notes.note(place);
      seen.store(place_of(place->writer, place->number));
      if (place->writer == kLastWriter) break;
    }
    parent.check(subscriber.counts().safety_wakeups == 0, "every wake-up was a bell");
    parent.check(set.counts().safety_wakeups == 0, "every wake-up of the set was a bell");
  }

  std::unique_ptr<SharedWord> seen_;
  ChildProcess process_;
};

}  // namespace tarn::test
