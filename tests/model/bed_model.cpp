// A waiter that changes where it is rung, against those who look: SubscriberPort::sleep_until() and a wait
// set that sleeps for the subscription on one side, Waker and ring_waiter() on the other. There are no
// time-outs here: who is not woken sleeps for ever.
#include "middleware/ring/waker.hpp"
#include "tests/model/model.hpp"
#include "tests/model/ring_model.hpp"

namespace tarn::test {

namespace {

using model::Weaker;

enum BedFault : Fault {
  kBedChangedLate = 1,  // behind the fence
  kBedReadEarly,        // before the commit
  kRungByMember,        // remembers sleeps of whoever sleeps for the member as the member's own
  kWakesOne,            // of those who share a bell
  kNoLastLook,
};

constexpr std::uint32_t kOwn = 0;
constexpr std::uint32_t kSet = 1;
constexpr ring::Bed kDelegate{ring::BedKind::Delegate, kSet};
constexpr ring::Bed kShared{ring::BedKind::RingBell, 0};

// Two waiters, their bells and that of a ring.
struct Beds {
  ring::WaiterLayout lines[2]{};
  mutable ring::BellLayout bells[2]{};
  mutable ring::RingBellLayout shared{};

  [[nodiscard]] const ring::WaiterLayout* waiter(std::uint32_t number) const {
    return &lines[number];
  }
  [[nodiscard]] std::uint32_t* bell(std::uint32_t number) const { return &bells[number].bell; }
  [[nodiscard]] std::uint64_t* hints(std::uint32_t) const { return nullptr; }
  [[nodiscard]] std::uint32_t* ring_bell(std::uint32_t) const { return &shared.bell; }
  void ring_socket(std::uint32_t) const {}
  [[nodiscard]] ring::Member member(std::uint32_t number) const {
    return {.pins = {}, .bed = &lines[number], .waiter = number};
  }

  void describe(model::WordMap& words) const {
    for (std::uint32_t i = 0; i < 2; ++i) {
      const std::string who = i == kOwn ? "own " : "other ";
      words.name(&lines[i].sleep, who + "sleep");
      words.name(&lines[i].bed, who + "bed");
      words.name(&bells[i].bell, who + "bell");
    }
    words.name(&shared.bell, "ring's bell");
  }
};

std::uint64_t take_all(ring::RingReader& reader) {
  ring::PinSet no_pins{{}};
  std::array<std::uint64_t, 5> copy;
  std::uint64_t taken = 0;
  while (reader.take(no_pins, std::as_writable_bytes(std::span(copy))).state ==
         ring::TakeState::Taken) {
    ++taken;
  }
  return taken;
}

// One subscription whose thread sleeps as a wait set and by itself in turns.
class ChangingBed : public model::Program {
 public:
  explicit ChangingBed(Fault fault) : fault_(fault) {}

  void describe(model::WordMap& words) override {
    describe_ring(words, ring_.view(), "");
    words.name(&summary_, "summary");
    words.leave_out(&join_, sizeof join_);
    beds_.describe(words);
  }
  std::vector<model::ThreadBody> threads() override {
    return {{.name = "waiter", .body = [this] { wait(); }},
            {.name = "publisher", .body = [this] { publish(); }}};
  }
  void reset() override {
    own_.emplace(&beds_.lines[kOwn], &beds_.bells[kOwn]);
    set_.emplace(&beds_.lines[kSet], &beds_.bells[kSet]);
    writer_.emplace(ring_.view());
    reader_.emplace(ring_.view(), &join_, ring::ReaderStart{}, ring_.view().depth);
    waker_.emplace(2);
    rung_ = 0;
  }

 private:
  static constexpr std::uint64_t kMessages = 2;

  void publish() {
    for (std::uint64_t i = 0; i < kMessages; ++i) {
      const ring::Berth early = ring::find_berth(&beds_.lines[kOwn], kOwn, beds_);
      writer_->commit_inline({.length_bytes = sizeof i}, &i);
      if (tarn_summary_look(&summary_) == 0) continue;
      if (fault_ == kBedReadEarly) {
        ring_if_asleep(early);
      } else if (fault_ == kRungByMember) {
        ring_if_asleep(ring::find_berth(&beds_.lines[kOwn], kOwn, beds_));
      } else {
        (void)waker_->wake(beds_.member(kOwn), beds_);
        waker_->finish(beds_);
      }
    }
  }
  void ring_if_asleep(const ring::Berth& berth) {
    const std::uint64_t generation = tarn_sleep_look(&berth.sleeper->sleep);
    if (generation % 2 == 0 || (fault_ == kRungByMember && generation == rung_)) return;
    rung_ = generation;
    ring::ring_at(berth, beds_);
  }

  void wait() {
    own_->lie_on(kDelegate, &beds_.bells[kOwn].bell);
    std::uint64_t left = kMessages;
    bool marked = false;
    for (bool itself = false;; itself = !itself) {
      left -= take_all(*reader_);
      if (left == 0) return;
      if (itself && fault_ != kBedChangedLate) own_->lie_on({}, &beds_.bells[kOwn].bell);
      ring::Sleeper& sleeper = itself ? *own_ : *set_;
      sleeper.prepare();
      if (!std::exchange(marked, true)) tarn_summary_set(&summary_, 1);
      ring::Sleeper::fence();
      if (itself && fault_ == kBedChangedLate) own_->lie_on({}, &beds_.bells[kOwn].bell);
      if (!reader_->available()) (void)sleeper.sleep(platform::kForever);
      sleeper.finish();
      own_->lie_on(kDelegate, &beds_.bells[kOwn].bell);
    }
  }

  Fault fault_;
  RingMemory ring_{{.depth = 2}};
  std::uint64_t summary_ = 0;
  ring::JoinLayout join_{};
  Beds beds_;
  std::uint64_t rung_ = 0;
  std::optional<ring::Sleeper> own_;
  std::optional<ring::Sleeper> set_;
  std::optional<ring::RingWriter> writer_;
  std::optional<ring::RingReader> reader_;
  std::optional<ring::Waker> waker_;
};

// Two subscriptions on the bell of their one ring.
class SharedBell : public model::Program {
 public:
  explicit SharedBell(Fault fault) : fault_(fault) {}

  void describe(model::WordMap& words) override {
    describe_ring(words, ring_.view(), "");
    words.name(&summary_, "summary");
    words.leave_out(&joins_, sizeof joins_);
    beds_.describe(words);
  }
  std::vector<model::ThreadBody> threads() override {
    return {{.name = "first", .body = [this] { wait(0); }},
            {.name = "second", .body = [this] { wait(1); }},
            {.name = "publisher", .body = [this] { publish(); }}};
  }
  void reset() override {
    writer_.emplace(ring_.view());
    waker_.emplace(2);
  }

 private:
  void publish() {
    const std::uint64_t payload = 1;
    writer_->commit_inline({.length_bytes = sizeof payload}, &payload);
    for (std::uint64_t bits = tarn_summary_look(&summary_), place = 0; place < 2; ++place) {
      if ((bits >> place & 1) == 0) continue;
      const bool woken = waker_->wake(beds_.member(static_cast<std::uint32_t>(place)), beds_);
      if (woken && fault_ == kWakesOne) return ring::ring_bell(&beds_.shared.bell);
    }
    waker_->finish(beds_);
  }
  void wait(std::uint32_t who) {
    ring::Sleeper sleeper(&beds_.lines[who], &beds_.bells[who]);
    ring::RingReader reader(ring_.view(), &joins_[who], ring::ReaderStart{}, ring_.view().depth);
    while (take_all(reader) == 0) {
      sleeper.lie_on(kShared, &beds_.shared.bell);
      sleeper.prepare();
      tarn_summary_set(&summary_, std::uint64_t{1} << who);
      ring::Sleeper::fence();
      if (!reader.available()) (void)sleeper.sleep(platform::kForever);
      sleeper.finish();
    }
  }

  Fault fault_;
  RingMemory ring_{{.depth = 2}};
  std::uint64_t summary_ = 0;
  ring::JoinLayout joins_[2]{};
  Beds beds_;
  std::optional<ring::RingWriter> writer_;
  std::optional<ring::Waker> waker_;
};

// A broker with news for a waiter that goes from its own bed to a wait set.
class Kick : public model::Program {
 public:
  explicit Kick(Fault fault) : fault_(fault) {}

  void describe(model::WordMap& words) override {
    words.name(&news_, "news");
    beds_.describe(words);
  }
  std::vector<model::ThreadBody> threads() override {
    return {{.name = "waiter", .body = [this] { wait(); }}, {.name = "broker", .body = [this] {
                                                               tarn_store_release_u32(&news_, 1);
                                                               ring::ring_waiter(kOwn, beds_);
                                                             }}};
  }
  void reset() override {}

 private:
  void wait() {
    ring::Sleeper own(&beds_.lines[kOwn], &beds_.bells[kOwn]);
    ring::Sleeper set(&beds_.lines[kSet], &beds_.bells[kSet]);
    own.lie_on(kDelegate, &beds_.bells[kOwn].bell);
    while (tarn_load_acquire_u32(&news_) == 0) {
      set.prepare();
      ring::Sleeper::fence();
      if (fault_ == kNoLastLook || tarn_load_acquire_u32(&news_) == 0) {
        (void)set.sleep(platform::kForever);
      }
      set.finish();
    }
  }

  Fault fault_;
  std::uint32_t news_ = 0;
  Beds beds_;
};

template <typename Program>
std::function<std::unique_ptr<model::Program>(Fault)> program_of() {
  return [](Fault fault) { return std::make_unique<Program>(fault); };
}

}  // namespace

Model changing_bed_model() {
  return {.name = "change of bed",
          .claim = "nobody sleeps while a message waits, whoever sleeps for him",
          .make = program_of<ChangingBed>(),
          .mutations = {
              {.what = "fence of the sleeper: full to acquire and release",
               .weakenings = {{"tarn_sleep_fence", Weaker::HalfFence}}},
              {.what = "publish fence: full to acquire and release",
               .weakenings = {{"tarn_publish_fence", Weaker::HalfFence}}},
              {.what = "bed changed behind the fence", .weakenings = {}, .fault = kBedChangedLate},
              {.what = "bed read before the commit", .weakenings = {}, .fault = kBedReadEarly},
              {.what = "sleeps of the delegate remembered as the member's own",
               .weakenings = {},
               .fault = kRungByMember},
          }};
}

Model shared_bell_model() {
  return {.name = "two on the bell of a ring",
          .claim = "one ring wakes everybody who lies there",
          .make = program_of<SharedBell>(),
          .mutations = {
              {.what = "wakes one of them", .weakenings = {}, .fault = kWakesOne},
              {.what = "publish fence: full to acquire and release",
               .weakenings = {{"tarn_publish_fence", Weaker::HalfFence}}},
          }};
}

Model kick_model() {
  return {.name = "kick during a change of bed",
          .claim = "nobody sleeps over news of the broker",
          .make = program_of<Kick>(),
          .mutations = {
              {.what = "fence of the kick: full to acquire and release",
               .weakenings = {{"tarn_kick_fence", Weaker::HalfFence}}},
              {.what = "fence of the sleeper: full to acquire and release",
               .weakenings = {{"tarn_sleep_fence", Weaker::HalfFence}}},
              {.what = "no last look", .weakenings = {}, .fault = kNoLastLook},
          }};
}

}  // namespace tarn::test
