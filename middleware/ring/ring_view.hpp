// One publisher's ring as this process sees it: where its header, slots and chunks lie. The numbers
// come from the broker's record, are checked once by whoever fills this in, and are never read from
// shared memory again. It owns nothing; any thread may hold a copy.
#pragma once

#include <cstddef>
#include <cstdint>

#include "middleware/ring/ring_layout.hpp"

namespace tarn::ring {

// Far beyond what any publisher comes to: a greater one is nonsense.
inline constexpr std::uint64_t kMostSequence = std::uint64_t{1} << 62;

struct RingView {
  RingHeaderLayout* header = nullptr;
  std::uint64_t* tail = nullptr;  // the header's; of a private ring its own
  std::byte* slots = nullptr;
  std::byte* chunks = nullptr;
  std::uint32_t depth = 0;        // slots
  std::uint32_t slot_bytes = 0;   // 64, 128 or 256
  std::uint32_t chunk_count = 0;  // 0: every payload is inline
  std::uint32_t chunk_bytes = 0;  // stride
  std::uint32_t gid_base = 0;     // domain-wide id of chunk 0

  // Requires: index < depth.
  [[nodiscard]] SlotLayout* slot(std::uint32_t index) const noexcept {
    return reinterpret_cast<SlotLayout*>(slots + std::size_t{index} * slot_bytes);
  }
  // Requires: index < chunk_count.
  [[nodiscard]] std::byte* chunk(std::uint32_t index) const noexcept {
    return chunks + std::size_t{index} * chunk_bytes;
  }
  [[nodiscard]] std::uint32_t slot_index(std::uint64_t sequence) const noexcept {
    return static_cast<std::uint32_t>(sequence % depth);
  }
};

[[nodiscard]] inline std::uintptr_t* inline_words(SlotLayout* slot) noexcept {
  return reinterpret_cast<std::uintptr_t*>(slot + 1);
}

// The sequence of the newest committed message at some moment of this call; 0 before the first. Trusts
// tail for nothing but a place to look, since it may be one behind. Where slots and tail contradict each
// other, which no honest publisher lets happen, it goes by the slots, each looked at once.
[[nodiscard]] std::uint64_t newest_sequence(const RingView& ring) noexcept;

// The same by looking at every slot, whatever tail says. For the heir of a dead publisher.
[[nodiscard]] std::uint64_t newest_committed(const RingView& ring) noexcept;

}  // namespace tarn::ring
