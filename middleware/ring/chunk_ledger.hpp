// The publisher's private books on its chunks. Each chunk is in exactly one of four places: loaned,
// in a ring, retired (out of every ring, perhaps still pinned) or free. Only "in a ring" is shared
// state; the rest can be recomputed from slots and pins, so nothing here needs repair after a crash.
// Owned by one publisher; one thread at a time. Allocates in the constructor only.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "middleware/ring/ring_view.hpp"

namespace tarn::ring {

// A member's pins as the publisher's scan reads them; `pins` is empty where nobody is.
using PinSpan = std::span<const std::uint32_t>;

class ChunkLedger {
 public:
  explicit ChunkLedger(std::uint32_t chunk_count);
  // Where a chunk may stand in so many rings at once.
  ChunkLedger(std::uint32_t chunk_count, std::uint32_t ring_count);

  [[nodiscard]] bool has_free() const noexcept { return !free_.empty(); }
  // Requires: has_free(). The chunk freed last comes first, since it is warm.
  [[nodiscard]] std::uint32_t pop_free() noexcept;
  // A loan came back unpublished.
  void give_back(std::uint32_t chunk) noexcept { free_.push_back(chunk); }
  // The chunk left the only ring it was in; somebody may still read it.
  void retire(std::uint32_t chunk) noexcept { retired_.push_back(chunk); }
  // Where there are several rings, instead: it came into one more, or left one; the last retires it.
  // Requires: more rings than one.
  void enter(std::uint32_t chunk) noexcept { ++rings_of_[chunk]; }
  void leave(std::uint32_t chunk) noexcept {
    if (--rings_of_[chunk] == 0) retire(chunk);
  }

  // Reclaiming is clear_marks, mark_pinned for every member, free_unmarked.
  // Requires: a publish fence stands between the overwrite that retired the last chunk and the first
  // mark_pinned, as every commit ends with one, and every member that can hold a pin is marked.
  void clear_marks() noexcept;
  void mark_pinned(PinSpan pins, std::uint32_t gid_base) noexcept;
  void free_unmarked() noexcept;

  [[nodiscard]] std::uint32_t free_count() const noexcept {
    return static_cast<std::uint32_t>(free_.size());
  }
  [[nodiscard]] std::uint32_t retired_count() const noexcept {
    return static_cast<std::uint32_t>(retired_.size());
  }

 private:
  std::uint32_t chunk_count_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> retired_;
  std::vector<std::uint64_t> marks_;     // a bit per chunk
  std::vector<std::uint16_t> rings_of_;  // by chunk, where it may be in several
};

}  // namespace tarn::ring
