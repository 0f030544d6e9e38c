// How a publisher wakes those who sleep: looks where each one is to be rung, and rings once in each sleep.
// Those who sleep on the bell of a ring are woken together. It knows no members but those it is given,
// and finds beds by number only. Owned by one publisher, one thread at a time. Allocates in the
// constructor only.
#pragma once

#include <cstdint>
#include <vector>

#include "middleware/ring/bed.hpp"
#include "middleware/ring/member_list.hpp"

namespace tarn::ring {

class Waker {
 public:
  explicit Waker(std::uint32_t waiter_count) : rung_(waiter_count) {}

  // Rings the member if it sleeps and was not rung in this sleep yet. Follow with finish().
  // Requires: a publish fence since the commit; member.waiter < waiter_count. True if it is woken.
  template <Beds B>
  bool wake(const Member& member, const B& beds) {
    if (member.bed == nullptr) return false;
    const Berth berth = find_berth(member.bed, member.waiter, beds);
    // Also when it is awake: it may look there before it sleeps.
    hint_at(berth, member.waiter, beds);
    const Rung now{berth.sleeper, tarn_sleep_look(&berth.sleeper->sleep)};
    if (now.generation % 2 == 0 || berth.waiter >= rung_.size()) return false;
    if (rung_[berth.waiter] == now) return false;
    rung_[berth.waiter] = now;
    if (berth.bed.kind == BedKind::RingBell) {
      delay(berth, beds);
    } else {
      ring_at(berth, beds);
    }
    return true;
  }

  // Rings for those who share a bell.
  template <Beds B>
  void finish(const B& beds) {
    if (shared_.sleeper == nullptr) return;
    ring_at(shared_, beds);
    shared_ = Berth{};
  }

 private:
  // The first ring of a sleep ends it, so a second one would be a system call for nothing. The line tells
  // sleepers apart that had a number one after the other and count their sleeps from elsewhere.
  struct Rung {
    const WaiterLayout* sleeper = nullptr;
    std::uint64_t generation = 0;

    bool operator==(const Rung&) const = default;
  };

  template <Beds B>
  void delay(const Berth& berth, const B& beds) {
    if (shared_.sleeper != nullptr && shared_.bed != berth.bed) finish(beds);
    shared_ = berth;
  }

  std::vector<Rung> rung_;  // by waiter
  Berth shared_;            // a bell that is still to be rung
};

}  // namespace tarn::ring
