// How large a publisher's ring is and where its parts lie: the arithmetic of the memory plan. Knows
// numbers, no topics and no pool. Free functions; any thread.
#pragma once

#include <cstdint>

namespace tarn::plan {

struct RingDemand {
  std::uint32_t payload_bytes = 0;  // the largest
  std::uint32_t topic_bytes = 0;    // the largest on its topic, where this ring takes less
  std::uint32_t alignment = 1;
  std::uint32_t depth = 0;
  std::uint32_t loans = 0;
  std::uint32_t subscribers = 0;
  std::uint32_t held = 0;
  bool private_rings = false;  // one for each subscriber
};

struct RingShape {
  std::uint32_t slot_bytes = 0;
  std::uint32_t chunk_count = 0;  // 0: every payload fits a slot
  std::uint32_t chunk_bytes = 0;
  std::uint64_t slots_offset = 0;          // from the start of the area
  std::uint64_t private_rings_offset = 0;  // likewise; 0: there are none
  std::uint64_t chunks_offset = 0;         // likewise
  std::uint64_t area_bytes = 0;            // whole pages
};

// What a control word can name.
inline constexpr std::uint32_t kMaxChunks = 0xFFFFFD;

// The smallest slot that holds the payload, 64 when none does.
[[nodiscard]] std::uint32_t slot_bytes_for(std::uint32_t payload_bytes) noexcept;

// The ring never runs out of chunks while publisher and subscribers keep to their loans and held
// samples: every message in it, every loan and every pin has one. So whoever asks for a loan while one
// is to be had finds a chunk that nobody names; the spare ones make it look for that less often. A ring
// that asks for less of anything than another of its topic is no larger than that one.
// Where each subscriber has a private ring, each place in those counts like one in everybody's. More chunks
// than kMaxChunks are for the caller to refuse.
// Requires: numbers within tarn/limits.hpp.
[[nodiscard]] RingShape shape_ring(const RingDemand& demand, std::uint32_t page_bytes) noexcept;

}  // namespace tarn::plan
