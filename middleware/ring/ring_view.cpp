#include "middleware/ring/ring_view.hpp"

#include <algorithm>

#include "middleware/ring/protocol.h"

namespace tarn::ring {

std::uint64_t newest_sequence(const RingView& ring) noexcept {
  const std::uint64_t tail = tarn_tail_read(&ring.header->tail);
  const std::uint64_t seen = tarn_ctl_observe(&ring.slot(ring.slot_index(tail))->ctl);
  const std::uint64_t sequence = tarn_ctl_sequence(seen, tail);
  if (sequence == 0) return 0;
  return tarn_ctl_chunk(seen) == TARN_CHUNK_NONE ? sequence - 1 : sequence;
}

std::uint64_t newest_committed(const RingView& ring) noexcept {
  const std::uint64_t tail = tarn_tail_read(&ring.header->tail);
  std::uint64_t newest = 0;
  for (std::uint32_t index = 0; index < ring.depth; ++index) {
    const std::uint64_t seen = tarn_ctl_observe(&ring.slot(index)->ctl);
    if (tarn_ctl_chunk(seen) == TARN_CHUNK_NONE) continue;
    newest = std::max(newest, tarn_ctl_sequence(seen, tail));
  }
  return newest;
}

}  // namespace tarn::ring
