#include "middleware/ring/ring_view.hpp"

#include <algorithm>

#include "middleware/ring/protocol.h"

namespace tarn::ring {

namespace {

// The newest message that is known to be committed from this control word; 0 for none. Commits come in
// order, so a message that is being written says that the one before it is there.
std::uint64_t committed(std::uint64_t seen, std::uint64_t near_sequence) noexcept {
  const std::uint64_t sequence = tarn_ctl_sequence(seen, near_sequence);
  // Before the first message: a slot never written, or nonsense.
  if (static_cast<std::int64_t>(sequence) <= 0) return 0;
  return tarn_ctl_chunk(seen) == TARN_CHUNK_NONE ? sequence - 1 : sequence;
}

}  // namespace

std::uint64_t newest_sequence(const RingView& ring) noexcept {
  const std::uint64_t tail = tarn_tail_read(ring.tail);
  const std::uint64_t newest =
      committed(tarn_ctl_observe(&ring.slot(ring.slot_index(tail))->ctl), tail);
  // Tail may be one behind, for a moment or, where the publisher died, for good.
  const std::uint64_t next = newest + 1;
  return std::max(newest,
                  committed(tarn_ctl_observe(&ring.slot(ring.slot_index(next))->ctl), next));
}

std::uint64_t newest_committed(const RingView& ring) noexcept {
  const std::uint64_t tail = tarn_tail_read(ring.tail);
  std::uint64_t newest = 0;
  for (std::uint32_t index = 0; index < ring.depth; ++index) {
    newest = std::max(newest, committed(tarn_ctl_observe(&ring.slot(index)->ctl), tail));
  }
  return newest;
}

}  // namespace tarn::ring
