// How far a publisher may write before it would overwrite what a reliable reader has not taken: the gate
// of topics that block or reject. It looks at the readers' cursors, remembers the slowest, and demotes
// who stands still for too long. It knows no clock and does not sleep. Owned by one publisher, one thread
// at a time. Allocates in the constructor only.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "middleware/ring/member_list.hpp"
#include "middleware/ring/ring_view.hpp"
#include "platform/clock.hpp"

namespace tarn::ring {

class Gate {
 public:
  // `name` is the ring's (ring_name()); `evict_after` 0: never.
  Gate(const RingView& ring, std::uint64_t name, std::uint32_t places,
       std::chrono::nanoseconds evict_after);

  // Whether there is room for message `next`, as far as the last look knows. Costs nothing.
  [[nodiscard]] bool open(std::uint64_t next) const noexcept { return next < least_ + ring_.depth; }

  // The same after a new look at every reliable member.
  // Requires: a publish fence, or a sleep fence, since the last commit.
  [[nodiscard]] bool look(std::uint64_t next, std::span<const Member> members) noexcept;

  // How many reliable members have not taken message `sequence`, which was published.
  // Requires: as look().
  [[nodiscard]] std::uint32_t behind(std::uint64_t sequence,
                                     std::span<const Member> members) noexcept;

  // Demotes every member that keeps message `next` out and has not moved for evict_after. Answers when
  // the next one will be due, kForever when none will.
  platform::MonotonicTime evict_stuck(std::uint64_t next, std::span<const Member> members,
                                      platform::MonotonicTime now) noexcept;
  // The place has another member now.
  void forget(std::uint32_t place) noexcept;

  // Who was the furthest behind when look() last found no room, or behind() anybody.
  [[nodiscard]] std::uint32_t slowest_place() const noexcept { return slowest_; }
  [[nodiscard]] std::uint64_t evictions() const noexcept { return evictions_; }

 private:
  struct Standing {
    std::uint64_t cursor = 0;
    platform::MonotonicTime since;
  };

  [[nodiscard]] std::uint64_t cursor_of(std::uint32_t place, const Member& member,
                                        std::uint64_t next) noexcept;
  [[nodiscard]] bool evicted(std::uint32_t place) const noexcept;
  void evict(std::uint32_t place) noexcept;

  RingView ring_;
  std::uint64_t name_;
  std::chrono::nanoseconds evict_after_;
  std::uint64_t least_ = 1;         // no reliable member wants anything older
  std::vector<Standing> standing_;  // by place: where it kept a message out, and since when
  std::uint32_t slowest_ = 0;
  std::uint64_t evictions_ = 0;
};

}  // namespace tarn::ring
