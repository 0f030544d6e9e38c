#include "middleware/ring/ring_view.hpp"

#include <algorithm>

#include "middleware/ring/protocol.h"

namespace tarn::ring {

namespace {

// What lies in the middle of all that a control word can say.
constexpr std::uint64_t kHalfSequences = std::uint64_t{1} << 39;
// Between two looks of one call no publisher gets that far, or its reader was stopped; then the slots alone
// say it.
constexpr std::uint64_t kFar = std::uint64_t{1} << 20;

// The newest message that is known to be committed from this control word; 0 for none. Commits come in
// order, so a message that is being written says that the one before it is there.
std::uint64_t committed(std::uint64_t seen, std::uint64_t near_sequence) noexcept {
  const std::uint64_t sequence = tarn_ctl_sequence(seen, near_sequence);
  // Before the first message: a slot never written, or nonsense.
  if (static_cast<std::int64_t>(sequence) <= 0) return 0;
  return tarn_ctl_chunk(seen) == TARN_CHUNK_NONE ? sequence - 1 : sequence;
}

// The newest of the messages in the slots that can be there while tail is `tail`, or, where none can, so
// that tail itself is nonsense, the newest by what the slots alone say.
std::uint64_t newest_in_slots(const RingView& ring, std::uint64_t tail) noexcept {
  const std::uint64_t least = tail - std::min<std::uint64_t>(tail, ring.depth);
  std::uint64_t newest = 0;
  std::uint64_t without_tail = 0;
  bool found = false;
  for (std::uint32_t index = 0; index < ring.depth; ++index) {
    const std::uint64_t seen = tarn_ctl_observe(&ring.slot(index)->ctl);
    without_tail = std::max(without_tail, committed(seen, kHalfSequences));
    const std::uint64_t sequence = committed(seen, tail);
    if (tail > kMostSequence || sequence - least >= kFar) continue;
    newest = std::max(newest, sequence);
    found = true;
  }
  return found ? newest : without_tail;
}

}  // namespace

std::uint64_t newest_sequence(const RingView& ring) noexcept {
  const std::uint64_t tail = tarn_tail_read(ring.tail);
  const std::uint64_t newest =
      committed(tarn_ctl_observe(&ring.slot(ring.slot_index(tail))->ctl), tail);
  // Its slot holds that message or a newer one, or one of both words is nonsense.
  if (tail > kMostSequence || newest - tail >= kFar) return newest_in_slots(ring, tail);
  // Tail may be one behind, for a moment or, where the publisher died, for good.
  const std::uint64_t next = newest + 1;
  const std::uint64_t last =
      committed(tarn_ctl_observe(&ring.slot(ring.slot_index(next))->ctl), next);
  return last - newest < kFar ? last : newest;
}

std::uint64_t newest_committed(const RingView& ring) noexcept {
  return newest_in_slots(ring, tarn_tail_read(ring.tail));
}

}  // namespace tarn::ring
