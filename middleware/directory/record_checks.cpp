#include "middleware/directory/record_checks.hpp"

#include <bit>

#include <tarn/limits.hpp>

#include "middleware/ring/ring_layout.hpp"

namespace tarn::directory {

namespace {

constexpr std::uint32_t kMostChunks = 0xFFFFFD;  // above are the two chunk values with a meaning

bool ends_with_nul(const char* field, std::size_t bytes) { return field[bytes - 1] == '\0'; }

// Whether [first, first + count) lies in [0, total).
bool inside(std::uint64_t first, std::uint64_t count, std::uint64_t total) {
  return first <= total && count <= total - first;
}

bool is_slot_size(std::uint32_t bytes) { return bytes == 64 || bytes == 128 || bytes == 256; }

// Slots end where private rings begin, and those where chunks do.
std::uint64_t slots_end(const RingRecordLayout& ring) {
  if (ring.private_rings_offset == 0) {
    return ring.slots_offset + std::uint64_t{ring.depth} * ring.slot_bytes;
  }
  return ring.private_rings_offset +
         ring.members_capacity * ring::private_ring_bytes(ring.depth, ring.slot_bytes);
}

bool area_holds(const RingRecordLayout& ring) {
  const std::uint64_t slots_bytes = std::uint64_t{ring.depth} * ring.slot_bytes;
  const std::uint64_t chunks_bytes = std::uint64_t{ring.chunk_count} * ring.chunk_bytes;
  return ring.slots_offset >= sizeof(ring::RingHeaderLayout) && ring.slots_offset % 64 == 0 &&
         inside(ring.slots_offset, slots_bytes, ring.area_bytes) && ring.chunks_offset % 64 == 0 &&
         inside(ring.chunks_offset, chunks_bytes, ring.area_bytes) && private_rings_hold(ring) &&
         (ring.chunk_count == 0 || ring.chunks_offset >= slots_end(ring));
}

}  // namespace

bool private_rings_hold(const RingRecordLayout& ring) noexcept {
  if (ring.private_rings_offset == 0) return true;
  if (ring.depth > kMaxDepth || ring.members_capacity > kMaxSubscribersPerTopic) return false;
  const std::uint64_t bytes =
      ring.members_capacity * ring::private_ring_bytes(ring.depth, ring.slot_bytes);
  const std::uint64_t slots = std::uint64_t{ring.depth} * ring.slot_bytes;
  return ring.private_rings_offset % ring::kLineBytes == 0 &&
         inside(ring.slots_offset, slots, ring.private_rings_offset) &&
         inside(ring.private_rings_offset, bytes, ring.area_bytes);
}

bool holds(const ClientRecordLayout& record, const pool::PoolGeometry& geometry) noexcept {
  return record.blocks <= geometry.blocks.count && ends_with_nul(record.name, sizeof record.name);
}

bool holds(const TopicRecordLayout& record, const pool::PoolGeometry& geometry) noexcept {
  return ends_with_nul(record.name, sizeof record.name) &&
         ends_with_nul(record.type_name, sizeof record.type_name) &&
         inside(record.type_text_offset, record.type_text_bytes, geometry.type_text.count) &&
         record.depth >= 1 && record.depth <= kMaxDepth && record.held <= kMaxHeld &&
         record.subscribers <= kMaxSubscribersPerTopic && is_slot_size(record.slot_bytes) &&
         std::has_single_bit(record.alignment) && record.alignment <= kMaxMessageAlignment;
}

bool holds(const RingRecordLayout& record, const pool::PoolGeometry& geometry) noexcept {
  return record.topic < geometry.topics.count && record.depth >= 1 && record.depth <= kMaxDepth &&
         is_slot_size(record.slot_bytes) && record.chunk_count <= kMostChunks &&
         record.chunk_bytes % 64 == 0 &&
         (record.chunk_count == 0 || record.chunk_bytes >= record.payload_bytes) &&
         record.area_offset % geometry.page_bytes == 0 &&
         record.area_offset >= geometry.areas.offset &&
         inside(record.area_offset, record.area_bytes, geometry.pool_bytes) && area_holds(record) &&
         record.gid_base == record.area_offset / 64 &&
         record.members_capacity <= kMaxSubscribersPerTopic &&
         inside(record.members_first, record.members_capacity, geometry.members.count) &&
         ends_with_nul(record.publisher_name, sizeof record.publisher_name);
}

bool holds(const SubscriberRecordLayout& record, const pool::PoolGeometry& geometry) noexcept {
  return record.topic < geometry.topics.count && record.client < geometry.clients.count &&
         record.held >= 1 && record.held <= kMaxHeld &&
         inside(record.counters_line, 2, geometry.line_count()) &&
         inside(record.pins_line, pin_lines_for(record.held), geometry.line_count()) &&
         record.waiter < geometry.waiters.count && record.pattern <= geometry.patterns.count;
}

bool holds(const WaiterRecordLayout& record, const pool::PoolGeometry& geometry) noexcept {
  return record.client < geometry.clients.count && record.line < geometry.line_count();
}

bool holds(const PatternRecordLayout& record, const pool::PoolGeometry& geometry) noexcept {
  return record.client < geometry.clients.count && record.waiter < geometry.waiters.count &&
         ends_with_nul(record.pattern, sizeof record.pattern) &&
         ends_with_nul(record.type_name, sizeof record.type_name);
}

std::uint32_t pin_lines_for(std::uint32_t held) noexcept {
  constexpr auto kPins = static_cast<std::uint32_t>(ring::kPinsPerLine);
  return (held + kPins - 1) / kPins;
}

ring::RingView view_of(const RingRecordLayout& record, const pool::PoolView& view) noexcept {
  std::byte* const area = view.base() + record.area_offset;
  auto* const header = reinterpret_cast<ring::RingHeaderLayout*>(area);
  return {.header = header,
          .tail = &header->tail,
          .slots = area + record.slots_offset,
          .chunks = area + record.chunks_offset,
          .depth = record.depth,
          .slot_bytes = record.slot_bytes,
          .chunk_count = record.chunk_count,
          .chunk_bytes = record.chunk_bytes,
          .gid_base = record.gid_base};
}

std::optional<ring::PrivateRing> private_ring_of(const RingRecordLayout& record,
                                                 std::uint32_t place,
                                                 const pool::PoolView& view) noexcept {
  if (record.private_rings_offset == 0 || place >= record.members_capacity) return std::nullopt;
  std::byte* const rings = view.base() + record.area_offset + record.private_rings_offset;
  return ring::private_ring(view_of(record, view), rings, place);
}

}  // namespace tarn::directory
