#include "middleware/ring/chunk_ledger.hpp"

#include <algorithm>

#include "middleware/ring/protocol.h"

namespace tarn::ring {

ChunkLedger::ChunkLedger(std::uint32_t chunk_count)
    : chunk_count_(chunk_count), marks_((chunk_count + 63) / 64) {
  free_.reserve(chunk_count);
  retired_.reserve(chunk_count);
  for (std::uint32_t chunk = chunk_count; chunk > 0; --chunk) free_.push_back(chunk - 1);
}

ChunkLedger::ChunkLedger(std::uint32_t chunk_count, std::uint32_t ring_count)
    : ChunkLedger(chunk_count) {
  if (ring_count > 1) rings_of_.resize(chunk_count);
}

std::uint32_t ChunkLedger::pop_free() noexcept {
  const std::uint32_t chunk = free_.back();
  free_.pop_back();
  return chunk;
}

void ChunkLedger::clear_marks() noexcept { std::fill(marks_.begin(), marks_.end(), 0); }

void ChunkLedger::mark_pinned(PinSpan pins, std::uint32_t gid_base) noexcept {
  for (const std::uint32_t& pin : pins) {
    // A pin holds chunk id + 1. A value that is not ours, or not sane, is never used as an index.
    const std::uint32_t chunk = tarn_pin_read(&pin) - 1 - gid_base;
    if (chunk < chunk_count_) marks_[chunk / 64] |= std::uint64_t{1} << chunk % 64;
  }
}

void ChunkLedger::free_unmarked() noexcept {
  std::size_t kept = 0;
  for (const std::uint32_t chunk : retired_) {
    const bool pinned = (marks_[chunk / 64] >> chunk % 64 & 1) != 0;
    if (pinned) {
      retired_[kept++] = chunk;
    } else {
      free_.push_back(chunk);
    }
  }
  retired_.resize(kept);
}

}  // namespace tarn::ring
