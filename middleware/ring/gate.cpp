#include "middleware/ring/gate.hpp"

#include <algorithm>

#include "middleware/ring/protocol.h"

namespace tarn::ring {

Gate::Gate(const RingView& ring, std::uint64_t name, std::uint32_t places,
           std::chrono::nanoseconds evict_after)
    : ring_(ring), name_(name), evict_after_(evict_after), standing_(places) {}

bool Gate::evicted(std::uint32_t place) const noexcept {
  // relaxed: only this publisher writes the word.
  const std::uint64_t word = tarn_load_relaxed_u64(&ring_.header->evicted[place / 64]);
  return (word >> place % 64 & 1) != 0;
}

void Gate::evict(std::uint32_t place) noexcept {
  std::uint64_t& word = ring_.header->evicted[place / 64];
  // relaxed, both: one writer, and who reads it counts by what it missed, not by this bit.
  tarn_store_relaxed_u64(&word, tarn_load_relaxed_u64(&word) | std::uint64_t{1} << place % 64);
  ++evictions_;
}

void Gate::forget(std::uint32_t place) noexcept {
  standing_[place] = {};
  std::uint64_t& word = ring_.header->evicted[place / 64];
  // relaxed, both: as evict().
  tarn_store_relaxed_u64(&word, tarn_load_relaxed_u64(&word) & ~(std::uint64_t{1} << place % 64));
}

// The oldest message that a member wants; `next` if it wants none that is there.
std::uint64_t Gate::cursor_of(std::uint32_t place, const Member& member,
                              std::uint64_t next) noexcept {
  if (!member.reliable || member.join == nullptr || evicted(place)) return next;
  // order(ring.join): acquire. Pairs with the join that names the ring before it announces a cursor:
  // had the cursor been read first, it could be where a former join of this line ended.
  const std::uint64_t name = tarn_load_acquire_u64(&member.join->ring_name);
  const std::uint64_t cursor = tarn_cursor_read(&member.join->cursor);
  if (name != name_ || cursor == kJoining) {
    // Who was there before the ring is owed all of it; who came later begins behind what it finds.
    return member.from_start ? 1 : next;
  }
  if (cursor == kLeft || cursor == kNeverRead) return next;
  if (cursor > next) {
    evict(place);  // it wants what does not exist yet: its words are wrong, and hurt nobody else
    return next;
  }
  return cursor;
}

bool Gate::look(std::uint64_t next, std::span<const Member> members) noexcept {
  std::uint64_t least = next;
  for (std::uint32_t place = 0; place < members.size(); ++place) {
    const std::uint64_t cursor = cursor_of(place, members[place], next);
    if (cursor >= least) continue;
    least = cursor;
    slowest_ = place;
  }
  least_ = least;
  return open(next);
}

std::uint32_t Gate::behind(std::uint64_t sequence, std::span<const Member> members) noexcept {
  std::uint32_t count = 0;
  std::uint64_t least = sequence + 1;
  for (std::uint32_t place = 0; place < members.size(); ++place) {
    const std::uint64_t cursor = cursor_of(place, members[place], sequence + 1);
    if (cursor <= sequence) ++count;
    if (cursor >= least) continue;
    least = cursor;
    slowest_ = place;
  }
  return count;
}

platform::MonotonicTime Gate::evict_stuck(std::uint64_t next, std::span<const Member> members,
                                          platform::MonotonicTime now) noexcept {
  auto due = platform::kForever;
  if (evict_after_ <= std::chrono::nanoseconds::zero()) return due;
  for (std::uint32_t place = 0; place < members.size(); ++place) {
    const std::uint64_t cursor = cursor_of(place, members[place], next);
    Standing& standing = standing_[place];
    if (next < cursor + ring_.depth) {
      standing = {};
      continue;
    }
    // Only who comes closer moves: one whose words go to and fro stands still.
    if (cursor > standing.cursor) standing = {.cursor = cursor, .since = now};
    const auto end = platform::add_saturating(standing.since, evict_after_);
    if (end <= now) {
      evict(place);
    } else {
      due = std::min(due, end);
    }
  }
  return due;
}

}  // namespace tarn::ring
