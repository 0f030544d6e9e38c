// Publishers and readers of race tests: actors that publish and take payloads which are functions of
// their sequence, and note everything that is not as it should be. Each object belongs to one thread
// while the actors run, and to the main thread before and after.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <random>
#include <thread>
#include <utility>

#include "tests/race/crew.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/ring_publisher.hpp"

namespace tarn::test {

// What may never be seen. Each number must be 0 in the end.
struct Findings {
  std::uint64_t wrong_payloads = 0;
  std::uint64_t wrong_lengths = 0;
  std::uint64_t out_of_order = 0;
  std::uint64_t stale = 0;  // older than what was there before the take
  std::uint64_t corrupt = 0;
  std::uint64_t out_of_pins = 0;
  std::uint64_t failed_loans = 0;
};

inline void require_nothing(const Findings& findings) {
  REQUIRE(findings.wrong_payloads == 0);
  REQUIRE(findings.wrong_lengths == 0);
  REQUIRE(findings.out_of_order == 0);
  REQUIRE(findings.stale == 0);
  REQUIRE(findings.corrupt == 0);
  REQUIRE(findings.out_of_pins == 0);
  REQUIRE(findings.failed_loans == 0);
}

// Lengths vary too, so that a length of one message with the words of another shows.
[[nodiscard]] constexpr std::uint32_t inline_length(std::uint64_t sequence,
                                                    std::uint32_t slot_bytes) {
  return static_cast<std::uint32_t>(sequence * 7 % (ring::inline_capacity_bytes(slot_bytes) + 1));
}

// Publishes `count` messages and closes: all in chunks where there are some, but for each `inline_every`th
// one.
class RacePublisher {
 public:
  RacePublisher(const ring::RingView& ring, std::uint64_t count, std::uint64_t inline_every = 0)
      : ring_(ring), count_(count), inline_every_(inline_every), publisher_(ring) {}

  Act operator()() {
    if (publisher_.published() == count_) {
      publisher_.writer().close();
      return Act::Done;
    }
    const std::uint64_t next = publisher_.published() + 1;
    if (ring_.chunk_count == 0 || (inline_every_ != 0 && next % inline_every_ == 0)) {
      publisher_.publish_inline(inline_length(next, ring_.slot_bytes));
    } else if (publisher_.publish_chunk() == 0) {
      ++findings_.failed_loans;
      return Act::Idle;
    }
    return Act::Acted;
  }

  [[nodiscard]] TestPublisher& publisher() { return publisher_; }
  [[nodiscard]] const Findings& findings() const { return findings_; }

 private:
  ring::RingView ring_;
  std::uint64_t count_;
  std::uint64_t inline_every_;
  TestPublisher publisher_;
  Findings findings_;
};

struct RaceReaderOptions {
  ring::ReaderStart start = {};
  std::uint32_t keep_last = 0xFFFF;
  std::uint32_t held = 1;  // samples it holds on to for a while
  bool latest = false;     // reads the newest message every time
};

// Takes until the ring is closed and drained. Checks each sample when it is taken and, where it may
// hold several, again when it lets go of it, which it leaves to `let_go` if there is one.
class RaceReader {
 public:
  using LetGo = std::function<void(const ring::TakenMessage&)>;

  RaceReader(const ring::RingView& ring, const RaceReaderOptions& options, std::uint32_t seed,
             LetGo let_go = {})
      : options_(options),
        reader_(ring, options.start, options.keep_last, options.held),
        random_(seed),
        let_go_(std::move(let_go)) {}

  Act operator()() {
    if (held_.size() == options_.held || (!held_.empty() && random_() % 3 == 0)) release();
    const bool drained = reader_.reader().drained();
    const std::uint64_t newest = newest_sequence(reader_.reader().view());
    if (options_.latest && !drained) (void)reader_.reader().skip_to_newest();
    const ring::TakeResult result = reader_.take();
    switch (result.state) {
      case ring::TakeState::Taken:
        check(result.message, newest);
        break;
      case ring::TakeState::Corrupt:
        ++findings_.corrupt;
        break;
      // All pins may be out for as long as another thread takes to release them.
      case ring::TakeState::NoPin:
        findings_.out_of_pins += let_go_ ? 0 : 1;
        return Act::Idle;
      case ring::TakeState::Empty:
        return drained ? finish() : Act::Idle;
    }
    return Act::Acted;
  }

  [[nodiscard]] TestReader& reader() { return reader_; }
  [[nodiscard]] const Findings& findings() const { return findings_; }
  [[nodiscard]] std::uint64_t last() const { return last_; }
  // Any thread may ask.
  [[nodiscard]] bool is_done() const { return done_.load(std::memory_order_acquire); }

  static void check_payload(const ring::TakenMessage& message, Findings& findings) {
    if (!payload_holds(message)) ++findings.wrong_payloads;
  }

 private:
  void check(const ring::TakenMessage& message, std::uint64_t newest) {
    check_payload(message, findings_);
    const ring::RingView& ring = reader_.reader().view();
    const std::uint32_t length = message.pin != nullptr
                                     ? ring.chunk_bytes
                                     : inline_length(message.sequence, ring.slot_bytes);
    if (message.length_bytes != length) ++findings_.wrong_lengths;
    const bool again = options_.latest && message.sequence == last_;
    if (message.sequence <= last_ && !again) ++findings_.out_of_order;
    const std::uint64_t kept = options_.latest ? 1 : std::min(options_.keep_last, ring.depth);
    if (message.sequence + kept < newest + 1) ++findings_.stale;
    last_ = message.sequence;
    if (message.pin != nullptr) hold(message);
  }

  void hold(const ring::TakenMessage& message) {
    if (let_go_) return let_go_(message);
    held_.push_back(message);
  }

  void release() {
    // Not always the oldest: pins come free in any order.
    const auto which = held_.begin() + static_cast<std::ptrdiff_t>(random_() % held_.size());
    check_payload(*which, findings_);
    tarn_pin_release(which->pin);
    held_.erase(which);
  }

  Act finish() {
    while (!held_.empty()) release();
    done_.store(true, std::memory_order_release);
    return Act::Done;
  }

  RaceReaderOptions options_;
  TestReader reader_;
  std::minstd_rand random_;
  LetGo let_go_;
  std::deque<ring::TakenMessage> held_;
  std::uint64_t last_ = 0;
  std::atomic<bool> done_{false};
  Findings findings_;
};

}  // namespace tarn::test
