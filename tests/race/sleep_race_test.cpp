// Nobody sleeps over a message: waiters that go to bed as a port does, and publishers that ring.
#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include "middleware/ring/sleeper.hpp"
#include "platform/clock.hpp"
#include "tests/race/race_readers.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/seed.hpp"

using tarn::platform::FutexWait;
using tarn::ring::BellLayout;
using tarn::ring::Sleeper;
using tarn::ring::SummaryBit;
using tarn::ring::SummaryLayout;
using tarn::ring::TakeState;
using tarn::ring::WaiterLayout;
using tarn::test::accounted;
using tarn::test::Act;
using tarn::test::Actor;
using tarn::test::repeats;
using tarn::test::RingMemory;
using tarn::test::TestPublisher;
using tarn::test::TestReader;
using tarn::test::Way;
using tarn::test::ways;

namespace {

// Long enough that only a lost ring lets it pass, short enough for the watchdog.
constexpr std::chrono::seconds kSafety{10};

struct Ring {
  RingMemory memory{{.depth = 4}};
  SummaryLayout summary{};
};

// One thread that reads several rings and sleeps when they are empty.
class Waiter {
 public:
  Waiter(const std::vector<std::unique_ptr<Ring>>& rings, std::uint32_t place, Way way)
      : sleeper_(&waiter_, &bell_), blocks_(way == Way::AtOnce) {
    for (const auto& ring : rings) {
      joined_.push_back(std::make_unique<Joined>(*ring, std::uint64_t{1} << place));
    }
  }

  Act operator()() {
    if (asleep_ && !wake_up()) return Act::Idle;
    if (take_something()) return Act::Acted;
    if (std::all_of(joined_.begin(), joined_.end(), [](const auto& j) { return j->over; })) {
      return Act::Done;
    }
    go_to_bed();
    return Act::Acted;
  }

  [[nodiscard]] tarn::ring::Member member(std::uint32_t index) {
    return {.pins = {}, .bed = &waiter_, .waiter = index};
  }
  [[nodiscard]] const WaiterLayout* line() const { return &waiter_; }
  [[nodiscard]] std::uint32_t* bell() { return &bell_.bell; }
  // Any thread may ask.
  [[nodiscard]] bool sleeps() const { return tarn_sleep_look(&waiter_.sleep) % 2 == 1; }

  [[nodiscard]] std::uint64_t sleep_count() const { return sleep_count_; }
  [[nodiscard]] std::uint64_t timed_out() const { return timed_out_; }
  [[nodiscard]] std::uint64_t safety_wakeups() const { return safety_wakeups_; }
  [[nodiscard]] bool saw_all(std::uint64_t published) const {
    return std::all_of(joined_.begin(), joined_.end(), [&](const auto& joined) {
      return joined->last == published && accounted(joined->reader.counts()) == published;
    });
  }

 private:
  struct Joined {
    Joined(Ring& ring, std::uint64_t mask)
        : reader(ring.memory.view()), bit{.word = &ring.summary.bits[0], .bit = mask} {}
    TestReader reader;
    SummaryBit bit;
    std::uint64_t last = 0;
    bool marked = false;
    bool over = false;
  };

  bool take_something() {
    for (auto& joined : joined_) {
      const bool drained = joined->reader.reader().drained();
      const auto result = joined->reader.take();
      if (result.state == TakeState::Taken) {
        joined->last = result.message.sequence;
        return true;
      }
      if (drained) joined->over = true;
    }
    return false;
  }

  [[nodiscard]] bool anything() {
    return std::any_of(joined_.begin(), joined_.end(), [](const auto& joined) {
      auto& reader = joined->reader;
      return !joined->over && (reader.reader().available() || reader.reader().drained());
    });
  }

  void go_to_bed() {
    sleeper_.prepare();
    for (auto& joined : joined_) {
      if (!joined->marked) joined->bit.set();
      joined->marked = true;
    }
    Sleeper::fence();
    if (anything()) return get_up();
    ++sleep_count_;
    asleep_ = true;
    if (blocks_) (void)wake_up();
  }

  bool wake_up() {
    const auto woken = sleeper_.sleep(blocks_ ? tarn::platform::deadline_after(kSafety)
                                              : tarn::platform::monotonic_now());
    if (!blocks_ && woken == FutexWait::TimedOut) return false;
    asleep_ = false;
    get_up();
    if (woken == FutexWait::TimedOut) {
      ++timed_out_;
      if (anything()) ++safety_wakeups_;
    }
    return true;
  }

  // The bit of one ring goes when its waiter wakes, those of several stay: as ports do it.
  void get_up() {
    sleeper_.finish();
    if (joined_.size() > 1) return;
    joined_.front()->bit.clear();
    joined_.front()->marked = false;
  }

  WaiterLayout waiter_{};
  BellLayout bell_{};
  std::vector<std::unique_ptr<Joined>> joined_;
  Sleeper sleeper_;
  bool blocks_;
  bool asleep_ = false;
  std::uint64_t sleep_count_ = 0;
  std::uint64_t timed_out_ = 0;
  std::uint64_t safety_wakeups_ = 0;
};

using Waiters = std::vector<std::unique_ptr<Waiter>>;

// Where they sleep.
struct Beds {
  const Waiters& waiters;

  [[nodiscard]] const WaiterLayout* waiter(std::uint32_t number) const {
    return waiters[number]->line();
  }
  [[nodiscard]] std::uint32_t* bell(std::uint32_t number) const { return waiters[number]->bell(); }
  [[nodiscard]] std::uint64_t* hints(std::uint32_t) const { return nullptr; }
  [[nodiscard]] std::uint32_t* ring_bell(std::uint32_t) const { return nullptr; }
  void ring_socket(std::uint32_t) const {}
};

// Publishes at once, or as soon as everybody sleeps; then rings.
class Ringer {
 public:
  Ringer(Ring& ring, Waiters& waiters, std::uint64_t count, std::uint32_t seed)
      : ring_(ring),
        waiters_(waiters),
        count_(count),
        publisher_(ring.memory.view()),
        random_(seed) {
    for (std::uint32_t place = 0; place < waiters.size(); ++place) {
      publisher_.members().set(place, waiters[place]->member(place));
    }
  }

  Act operator()() {
    if (waits_for_sleep_ && !all_sleep()) return Act::Idle;
    waits_for_sleep_ = false;
    if (publisher_.published() == count_) return close();
    publisher_.publish();
    woken_ += publisher_.wake(std::span(ring_.summary.bits).first(1), Beds{waiters_});
    waits_for_sleep_ = random_() % 4 == 0;
    return Act::Acted;
  }

  [[nodiscard]] std::uint64_t woken() const { return woken_; }

 private:
  [[nodiscard]] bool all_sleep() const {
    return std::all_of(waiters_.begin(), waiters_.end(),
                       [](const auto& waiter) { return waiter->sleeps(); });
  }

  Act close() {
    publisher_.writer().close();
    publisher_.wake_all(Beds{waiters_});
    return Act::Done;
  }

  Ring& ring_;
  Waiters& waiters_;
  std::uint64_t count_;
  TestPublisher publisher_;
  std::minstd_rand random_;
  bool waits_for_sleep_ = false;
  std::uint64_t woken_ = 0;
};

void nobody_sleeps_over(std::uint32_t publishers, std::uint32_t waiters, Way way) {
  CAPTURE(publishers, waiters, static_cast<int>(way));
  std::minstd_rand random(tarn::test::seed());
  const std::uint64_t count = repeats(way, 20'000);
  std::vector<std::unique_ptr<Ring>> rings;
  for (std::uint32_t i = 0; i < publishers; ++i) rings.push_back(std::make_unique<Ring>());
  Waiters beds;
  std::vector<Actor> actors;
  for (std::uint32_t place = 0; place < waiters; ++place) {
    beds.push_back(std::make_unique<Waiter>(rings, place, way));
    actors.emplace_back(std::ref(*beds.back()));
  }
  std::vector<std::unique_ptr<Ringer>> ringers;
  for (auto& ring : rings) {
    const auto seed = static_cast<std::uint32_t>(random());
    ringers.push_back(std::make_unique<Ringer>(*ring, beds, count, seed));
    actors.emplace_back(std::ref(*ringers.back()));
  }
  REQUIRE(run(way, std::move(actors), static_cast<std::uint32_t>(random())));
  for (const auto& waiter : beds) {
    REQUIRE(waiter->safety_wakeups() == 0);
    REQUIRE(waiter->timed_out() == 0);
    REQUIRE(waiter->saw_all(count));
    REQUIRE(waiter->sleep_count() > 0);
  }
  for (const auto& ringer : ringers) REQUIRE(ringer->woken() > 0);
}

}  // namespace

TEST_CASE("two publishers let no waiter of both sleep over a message", "[race]") {
  for (const Way way : ways()) nobody_sleeps_over(2, 1, way);
}

TEST_CASE("one publisher lets none of four waiters sleep over a message", "[race]") {
  for (const Way way : ways()) nobody_sleeps_over(1, 4, way);
}
