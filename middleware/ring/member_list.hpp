// A publisher's private list of those who read its ring: where each one's pins, cursor and bed
// are. Filled from the broker's member table by whoever knows the directory; used on every publish
// and every scan. Owned by one publisher, one thread at a time. Allocates in the constructor only.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "middleware/ring/chunk_ledger.hpp"
#include "middleware/ring/ring_layout.hpp"

namespace tarn::ring {

struct Member {
  PinSpan pins;
  const WaiterLayout* bed = nullptr;  // nullptr: never sleeps
  std::uint32_t waiter = 0;           // its number; several members may share one
  const JoinLayout* join = nullptr;   // nullptr: nobody waits for this one
  std::uint64_t word = 0;             // of its entry; another one is another member
  std::uint32_t depth = 0;            // most messages it keeps waiting
  bool takes = false;                 // it is not closing
  bool reliable = false;
  bool from_start = false;  // it was there before the ring: the first message is its own
};

class MemberList {
 public:
  explicit MemberList(std::uint32_t capacity) : list_(capacity) {}

  // Requires: place < capacity. The place is the member's bit in the summary.
  void set(std::uint32_t place, const Member& member) noexcept;
  void clear(std::uint32_t place) noexcept;

  // Up to the last place in use; a place without pins and bed has nobody in it.
  [[nodiscard]] std::span<const Member> members() const noexcept { return {list_.data(), used_}; }

  // Whose entry the place was set from; 0: nobody's. Requires: place < capacity.
  [[nodiscard]] std::uint64_t word_at(std::uint32_t place) const noexcept {
    return list_[place].word;
  }

 private:
  std::vector<Member> list_;
  std::uint32_t used_ = 0;
};

}  // namespace tarn::ring
