// Going to sleep against publishing: SubscriberPort::wait_take() and sleep_until() on one side,
// PublisherPort::finish() and wake() on the other, over the library's Sleeper, Waker, writer and
// reader. There are no time-outs here: who is not woken sleeps for ever.
#include "middleware/ring/waker.hpp"
#include "tests/model/model.hpp"
#include "tests/model/ring_model.hpp"

namespace tarn::test {

namespace {

using model::Weaker;

enum WakeFault : Fault {
  kBellReadLate = 1,  // after sleep is announced
  kBellReadLast,      // after the last look
  kNoLastLook,
  kMarksLate,      // the summary bit is set behind the fence
  kWakesTooSoon,   // FUTEX_WAKE before the bell is rung
  kRingsOnlyOnce,  // per waiter, not per sleep
};

struct Numbers {
  std::size_t publishers;
  std::uint64_t messages;  // of each
};

class WakeProgram : public model::Program {
 public:
  WakeProgram(Numbers numbers, Fault fault)
      : numbers_(numbers), fault_(fault), ends_(numbers.publishers) {}

  void describe(model::WordMap& words) override {
    for (std::size_t i = 0; i < ends_.size(); ++i) {
      const std::string ring = "ring " + std::to_string(i + 1) + " ";
      describe_ring(words, ends_[i].ring.view(), ring);
      words.name(&ends_[i].summary, ring + "summary");
      words.leave_out(&ends_[i].join, sizeof ends_[i].join);
    }
    words.name(&waiter_.sleep, "sleep");
    words.leave_out(&waiter_.bed, sizeof waiter_.bed);
    words.name(&bell_.bell, "bell");
  }
  std::vector<model::ThreadBody> threads() override {
    std::vector<model::ThreadBody> threads{{.name = "waiter", .body = [this] { wait(); }}};
    for (std::size_t i = 0; i < ends_.size(); ++i) {
      threads.push_back(
          {.name = "publisher " + std::to_string(i + 1), .body = [this, i] { publish(ends_[i]); }});
    }
    return threads;
  }
  void reset() override {
    sleeper_.emplace(&waiter_, &bell_);
    for (End& end : ends_) end.renew();
  }

 private:
  // One ring, seen from both sides.
  struct End {
    RingMemory ring{{.depth = 2}};
    std::uint64_t summary = 0;
    ring::JoinLayout join{};
    std::optional<ring::RingWriter> writer;
    std::optional<ring::Waker> waker;
    std::optional<ring::RingReader> reader;
    bool marked = false;
    bool rung = false;

    void renew() {
      writer.emplace(ring.view());
      waker.emplace(1);
      reader.emplace(ring.view(), &join, ring::ReaderStart{}, ring.view().depth);
      marked = rung = false;
    }
  };

  // The one waiter there is, on the one bell.
  struct Beds {
    WakeProgram& program;

    [[nodiscard]] const ring::WaiterLayout* waiter(std::uint32_t) const { return nullptr; }
    [[nodiscard]] std::uint32_t* bell(std::uint32_t) const { return &program.bell_.bell; }
    [[nodiscard]] std::uint64_t* hints(std::uint32_t) const { return nullptr; }
    [[nodiscard]] std::uint32_t* ring_bell(std::uint32_t) const { return nullptr; }
    void ring_socket(std::uint32_t) const {}
  };

  void publish(End& end) {
    for (std::uint64_t i = 0; i < numbers_.messages; ++i) {
      const std::uint64_t payload = i;
      end.writer->commit_inline({.length_bytes = sizeof payload}, &payload);
      if (tarn_summary_look(&end.summary) == 0) continue;
      if (fault_ == kWakesTooSoon) {
        wake_too_soon();
      } else if (fault_ != kRingsOnlyOnce || !end.rung) {
        end.rung = end.waker->wake({.pins = {}, .bed = &waiter_, .waiter = 0}, Beds{*this});
      }
    }
  }
  void wake_too_soon() {
    if (tarn_sleep_look(&waiter_.sleep) % 2 == 0) return;
    platform::futex_wake(&bell_.bell, 1);
    tarn_bell_ring(&bell_.bell);
  }

  void wait() {
    std::uint64_t left = numbers_.publishers * numbers_.messages;
    while (true) {
      left -= take_all();
      if (left == 0) return;
      sleep();
    }
  }
  std::uint64_t take_all() {
    std::uint64_t taken = 0;
    ring::PinSet no_pins{{}};
    std::array<std::uint64_t, 5> copy;
    for (End& end : ends_) {
      while (end.reader->take(no_pins, std::as_writable_bytes(std::span(copy))).state ==
             ring::TakeState::Taken) {
        ++taken;
      }
    }
    return taken;
  }
  void sleep() {
    sleeper_->prepare();
    std::uint32_t bell_seen = fault_ == kBellReadLate ? tarn_bell_read(&bell_.bell) : 0;
    if (fault_ != kMarksLate) mark();
    ring::Sleeper::fence();
    if (fault_ == kNoLastLook || !anything()) {
      if (fault_ == kMarksLate) mark();
      if (fault_ == kBellReadLast) bell_seen = tarn_bell_read(&bell_.bell);
      if (fault_ == kBellReadLate || fault_ == kBellReadLast) {
        (void)platform::futex_wait(&bell_.bell, bell_seen, platform::kForever);
      } else {
        (void)sleeper_->sleep(platform::kForever);
      }
    }
    sleeper_->finish();
  }
  void mark() {
    for (End& end : ends_) {
      if (!end.marked) tarn_summary_set(&end.summary, 1);
      end.marked = true;
    }
  }
  [[nodiscard]] bool anything() const {
    return std::any_of(ends_.begin(), ends_.end(),
                       [](const End& end) { return end.reader->available(); });
  }

  Numbers numbers_;
  Fault fault_;
  std::vector<End> ends_;
  ring::WaiterLayout waiter_{};
  ring::BellLayout bell_{};
  std::optional<ring::Sleeper> sleeper_;
};

std::function<std::unique_ptr<model::Program>(Fault)> program_of(Numbers numbers) {
  return [numbers](Fault fault) { return std::make_unique<WakeProgram>(numbers, fault); };
}

}  // namespace

Model wake_model() {
  return {
      .name = "wake-up, two publishers",
      .claim = "nobody sleeps while a message waits",
      .make = program_of({.publishers = 2, .messages = 1}),
      .mutations = {
          {.what = "fence of the sleeper: full to acquire and release",
           .weakenings = {{"tarn_sleep_fence", Weaker::HalfFence}}},
          {.what = "publish fence: full to acquire and release",
           .weakenings = {{"tarn_publish_fence", Weaker::HalfFence}}},
          {.what = "bell read after the last look", .weakenings = {}, .fault = kBellReadLast},
          {.what = "no last look", .weakenings = {}, .fault = kNoLastLook},
          {.what = "summary bit set behind the fence", .weakenings = {}, .fault = kMarksLate},
          {.what = "FUTEX_WAKE before the bell is rung", .weakenings = {}, .fault = kWakesTooSoon},
      }};
}

Model wake_again_model() {
  return {
      .name = "wake-up, two messages",
      .claim = "nobody sleeps while a message waits, also the second time",
      .make = program_of({.publishers = 1, .messages = 2}),
      .mutations = {
          {.what = "a waiter is rung once, not once per sleep",
           .weakenings = {},
           .fault = kRingsOnlyOnce},
          {.what = "bell read after sleep is announced", .weakenings = {}, .fault = kBellReadLate},
          {.what = "bell read and announcement: relaxed",
           .weakenings = {{"tarn_bell_read", Weaker::RelaxedLoad},
                          {"tarn_sleep_announce", Weaker::RelaxedStore}}},
      }};
}

}  // namespace tarn::test
