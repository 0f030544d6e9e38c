// One thread's bed: announces that it is about to sleep, sleeps on its bell, and gets up. The order of
// the calls is what no wake-up is lost by, and it is the caller's: prepare, mark each ring's summary,
// fence, one last look at everything waited for, then sleep if there was nothing, then finish.
// Owned by one waiting thread; who has what it waits for rings the bell, from any process.
#pragma once

#include <cstdint>

#include "middleware/ring/ring_layout.hpp"
#include "platform/futex.hpp"

namespace tarn::ring {

// Wakes the one who sleeps on this bell, or so many of them, or makes their next sleep return at once. One
// system call.
void ring_bell(std::uint32_t* bell, int sleepers = 1) noexcept;

// Somebody was woken by a time-out where a bell was due. Kept beside the bell, where it outlives whoever
// slept, so that all of a domain's can be summed up.
void count_safety_wakeup(std::uint32_t* total) noexcept;

// A member's bit in the summary of a ring.
struct SummaryBit {
  std::uint64_t* word = nullptr;
  std::uint64_t bit = 0;

  // Costs a look where it is set already.
  void set() const noexcept;
  void clear() const noexcept;
};

class Sleeper {
 public:
  // Lies on its own bell.
  Sleeper(WaiterLayout* waiter, BellLayout* bell) noexcept
      : sleep_(&waiter->sleep), bell_(&bell->bell), waiter_(waiter) {}
  // Of a publisher, whose words lie elsewhere.
  Sleeper(std::uint64_t* sleep, std::uint32_t* bell) noexcept : sleep_(sleep), bell_(bell) {}

  // Where it is rung from its next sleep on, and the bell that sleep() is to sleep on there: with a
  // delegate or a socket it is called by nobody, but prepare() still reads the bell. Between two sleeps
  // only. Requires: it has a waiter's line.
  void lie_on(Bed bed, std::uint32_t* bell) noexcept;

  // Reads the bell, then announces sleep. Never the other way round.
  void prepare() noexcept;
  // After the summaries are marked, before the last look.
  static void fence() noexcept;
  // Returns when the bell was rung after prepare, at the deadline, or for no reason.
  platform::FutexWait sleep(platform::MonotonicTime deadline) noexcept;
  // Awake again; after every prepare.
  void finish() noexcept;

 private:
  std::uint64_t* sleep_;
  std::uint32_t* bell_;
  WaiterLayout* waiter_ = nullptr;  // nullptr: a publisher, who always lies on its own bell
  Bed bed_{};
  std::uint64_t generation_ = 0;  // odd while announced
  std::uint32_t bell_seen_ = 0;
};

}  // namespace tarn::ring
