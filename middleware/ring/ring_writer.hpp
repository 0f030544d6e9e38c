// The publisher's end of a ring: writes messages into slots, in order. It knows neither who reads nor
// where chunks come from. Owned by one publisher; one thread of its process at a time calls it, and no
// other process writes the ring while that process lives.
#pragma once

#include <cstdint>

#include "middleware/ring/ring_view.hpp"

namespace tarn::ring {

// What a slot says of its message, beside sequence and payload.
struct MessageNote {
  std::uint64_t stamp_ns = 0;
  std::uint32_t length_bytes = 0;
  std::uint16_t lost_before = 0;
  std::uint16_t flags = 0;
};

inline constexpr std::uint32_t kNoChunk = 0xFFFFFF;

class RingWriter {
 public:
  // A ring nobody has written to yet starts with sequence 1; one that holds messages goes on with
  // newest_committed() + 1.
  explicit RingWriter(const RingView& ring, std::uint64_t first_sequence = 1) noexcept
      : ring_(ring), next_(first_sequence), index_(ring.slot_index(first_sequence)) {}

  // The sequence that the next commit gives.
  [[nodiscard]] std::uint64_t next_sequence() const noexcept { return next_; }

  // Commits one message. Returns the chunk that the overwritten slot held, which the caller retires,
  // or kNoChunk. On return the overwrite is ordered before later looks at pins and sleepers.
  // Requires: note.length_bytes fits the slot.
  std::uint32_t commit_inline(const MessageNote& note, const void* payload) noexcept;
  // Requires: `chunk` was written by this thread and is in no slot.
  std::uint32_t commit_chunk(const MessageNote& note, std::uint32_t chunk) noexcept;

  // After this no message follows; readers leave once they have read everything.
  void close() noexcept;

 protected:
  // A commit in its two steps: a slot's words, and that they are there.
  std::uint32_t begin(SlotLayout& slot, const MessageNote& note) noexcept;
  void commit(SlotLayout& slot, std::uint32_t chunk) noexcept;

  [[nodiscard]] const RingView& view() const noexcept { return ring_; }
  [[nodiscard]] std::uint32_t next_slot() const noexcept { return index_; }

 private:
  RingView ring_;
  std::uint64_t next_;
  std::uint32_t index_;  // slot of next_; carried along so that no publish divides
};

}  // namespace tarn::ring
