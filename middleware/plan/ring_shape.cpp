#include "middleware/plan/ring_shape.hpp"

#include <algorithm>

#include "middleware/ring/ring_layout.hpp"

namespace tarn::plan {

namespace {

constexpr std::uint32_t kLargeChunkBytes = 64 * 1024;  // from here on one spare chunk must do

std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

std::uint32_t spare_chunks(std::uint32_t needed, std::uint32_t payload_bytes) {
  return payload_bytes > kLargeChunkBytes - 64 ? 1 : std::max(4U, needed / 8);
}

}  // namespace

std::uint32_t slot_bytes_for(std::uint32_t payload_bytes) noexcept {
  for (const std::uint32_t slot_bytes : ring::kSlotBytes) {
    if (payload_bytes <= ring::inline_capacity_bytes(slot_bytes)) return slot_bytes;
  }
  return ring::kSlotBytes[0];
}

RingShape shape_ring(const RingDemand& demand, std::uint32_t page_bytes) noexcept {
  RingShape shape;
  shape.slot_bytes = slot_bytes_for(demand.payload_bytes);
  shape.slots_offset = sizeof(ring::RingHeaderLayout);
  std::uint64_t slots_end = shape.slots_offset + std::uint64_t{demand.depth} * shape.slot_bytes;
  if (demand.private_rings) {
    shape.private_rings_offset = slots_end;
    slots_end += demand.subscribers * ring::private_ring_bytes(demand.depth, shape.slot_bytes);
  }
  const std::uint32_t alignment = std::max(64U, demand.alignment);
  shape.chunks_offset = round_up(slots_end, alignment);
  if (demand.payload_bytes > ring::inline_capacity_bytes(shape.slot_bytes)) {
    shape.chunk_bytes = static_cast<std::uint32_t>(round_up(demand.payload_bytes, alignment));
    const std::uint32_t of_each = demand.held + (demand.private_rings ? demand.depth : 0);
    const std::uint32_t needed = demand.depth + demand.loans + demand.subscribers * of_each;
    // By the topic's size: else a ring of slightly smaller chunks would have many more to spare, and be
    // the larger one.
    const std::uint32_t largest = std::max(demand.payload_bytes, demand.topic_bytes);
    shape.chunk_count = needed + spare_chunks(needed, largest);
  }
  shape.area_bytes = round_up(
      shape.chunks_offset + std::uint64_t{shape.chunk_count} * shape.chunk_bytes, page_bytes);
  return shape;
}

}  // namespace tarn::plan
