#include "middleware/directory/ring_facts.hpp"

#include <algorithm>
#include <iterator>

#include "middleware/directory/record_checks.hpp"
#include "middleware/ring/protocol.h"

namespace tarn::directory {

namespace {

bool known_slot_bytes(std::uint32_t bytes) noexcept {
  return std::find(std::begin(ring::kSlotBytes), std::end(ring::kSlotBytes), bytes) !=
         std::end(ring::kSlotBytes);
}

// Whether slots and chunks lie inside the area. The numbers are small enough not to overflow: a
// depth of 32 bits times a slot, a count of 24 bits times a chunk of 32.
bool holds_together(const RingRecordLayout& record, std::uint64_t area_bytes) noexcept {
  if (record.depth == 0 || !known_slot_bytes(record.slot_bytes)) return false;
  if (record.chunk_count >= TARN_CHUNK_INLINE) return false;
  const std::uint64_t slots = std::uint64_t{record.depth} * record.slot_bytes;
  const std::uint64_t chunks = std::uint64_t{record.chunk_count} * record.chunk_bytes;
  if (!private_rings_hold(record)) return false;
  return record.slots_offset <= area_bytes && slots <= area_bytes - record.slots_offset &&
         record.chunks_offset <= area_bytes && chunks <= area_bytes - record.chunks_offset;
}

}  // namespace

std::optional<RingFacts> read_ring(const pool::PoolView& pool, std::uint32_t index) noexcept {
  const auto* shared = pool.record<RingRecordLayout>(pool.geometry().rings, index);
  if (shared == nullptr) return std::nullopt;
  // order(directory.ring): acquire. Pairs with the broker's store of the state: the fields copied
  // below are those of this state or newer, and the second look tells.
  const std::uint64_t state = tarn_load_acquire_u64(&shared->state);
  switch (record_state(state)) {
    case RecordState::Active:
    case RecordState::Orphan:
    case RecordState::Retiring:
      break;
    default:
      return std::nullopt;
  }
  const RingRecordLayout record = *shared;
  // order(directory.ring): acquire fence + relaxed load. Had the copy met a newer record's fields, this
  // load would see its state.
  tarn_fence_acquire();
  const std::uint64_t again = tarn_load_relaxed_u64(&shared->state);
  if (record_generation(again) != record_generation(state)) return std::nullopt;
  std::byte* area = pool.area(record.area_offset, record.area_bytes);
  if (area == nullptr || record.area_bytes < sizeof(ring::RingHeaderLayout)) return std::nullopt;
  if (!holds_together(record, record.area_bytes)) return std::nullopt;
  if (record.members_first > pool.geometry().members.count ||
      record.members_capacity > pool.geometry().members.count - record.members_first) {
    return std::nullopt;
  }
  auto* const header = reinterpret_cast<ring::RingHeaderLayout*>(area);
  return RingFacts{.view = {.header = header,
                            .tail = &header->tail,
                            .slots = area + record.slots_offset,
                            .chunks = area + record.chunks_offset,
                            .depth = record.depth,
                            .slot_bytes = record.slot_bytes,
                            .chunk_count = record.chunk_count,
                            .chunk_bytes = record.chunk_bytes,
                            .gid_base = record.gid_base},
                   .private_rings = record.private_rings_offset == 0
                                        ? nullptr
                                        : area + record.private_rings_offset,
                   .state = state,
                   .origin_node = record.origin_node,
                   .area_offset = record.area_offset,
                   .area_bytes = record.area_bytes,
                   .index = index,
                   .ring_generation = record.ring_generation,
                   .topic = record.topic,
                   .client = record.client,
                   .members_first = record.members_first,
                   .members_capacity = record.members_capacity,
                   .loans = record.loans,
                   .payload_bytes = record.payload_bytes};
}

bool still_there(const pool::PoolView& pool, const RingFacts& ring) noexcept {
  const auto* shared = pool.record<RingRecordLayout>(pool.geometry().rings, ring.index);
  if (shared == nullptr) return false;
  // order(directory.area): acquire fence + relaxed load. Pairs with Orphans::begin_retiring(): had a read
  // before this met what the area holds for its next owner, this load would see the ring retiring.
  tarn_fence_acquire();
  const std::uint64_t state = tarn_load_relaxed_u64(&shared->state);
  return record_generation(state) == record_generation(ring.state) &&
         (record_state(state) == RecordState::Active || record_state(state) == RecordState::Orphan);
}

std::optional<MemberFacts> read_member(const pool::PoolView& pool, const RingFacts& ring,
                                       std::uint32_t place) noexcept {
  if (place >= ring.members_capacity) return std::nullopt;
  const auto* entry =
      pool.record<MemberEntryLayout>(pool.geometry().members, ring.members_first + place);
  if (entry == nullptr) return std::nullopt;
  // order(directory.member): acquire. Pairs with the broker's store of an active entry, which comes
  // after its other fields.
  const std::uint64_t word = tarn_load_acquire_u64(&entry->member);
  if (!member_active(word)) return std::nullopt;
  // relaxed: ordered by the acquire above.
  return MemberFacts{.place = place,
                     .subscriber = member_subscriber(word),
                     .join_line = tarn_load_relaxed_u32(&entry->join_line),
                     .waiter = tarn_load_relaxed_u32(&entry->waiter),
                     .word = word};
}

std::optional<MemberFacts> find_member(const pool::PoolView& pool, const RingFacts& ring,
                                       std::uint32_t subscriber) noexcept {
  for (std::uint32_t place = 0; place < ring.members_capacity; ++place) {
    const auto member = read_member(pool, ring, place);
    if (member && member->subscriber == subscriber) return member;
  }
  return std::nullopt;
}

std::span<std::uint32_t> pin_words(const pool::PoolView& pool, std::uint32_t pins_line,
                                   std::uint32_t held) noexcept {
  const auto lines =
      static_cast<std::uint32_t>((held + ring::kPinsPerLine - 1) / ring::kPinsPerLine);
  auto* first = pool.line<ring::PinLineLayout>(pins_line);
  if (first == nullptr || lines == 0 || lines > pool.geometry().line_count() - pins_line) return {};
  return {first->pin, held};
}

std::optional<ring::Member> resolve_member(const pool::PoolView& pool, const RingFacts& ring,
                                           const MemberFacts& member) noexcept {
  const auto& geometry = pool.geometry();
  const auto* subscriber =
      pool.record<SubscriberRecordLayout>(geometry.subscribers, member.subscriber);
  const auto* waiter = pool.record<WaiterRecordLayout>(geometry.waiters, member.waiter);
  if (subscriber == nullptr || waiter == nullptr) return std::nullopt;
  // relaxed: written before the member entry became active, whose acquire came first.
  const auto pins = pin_words(pool, tarn_load_relaxed_u32(&subscriber->pins_line),
                              tarn_load_relaxed_u32(&subscriber->held));
  const auto* bed = pool.line<ring::WaiterLayout>(tarn_load_relaxed_u32(&waiter->line));
  const auto* join = pool.line<ring::JoinLayout>(member.join_line);
  if (pins.empty() || bed == nullptr || join == nullptr) return std::nullopt;
  // Who closes takes no more, but may hold samples. relaxed: the members' version is raised behind it.
  const RecordState state = record_state(tarn_load_relaxed_u64(&subscriber->state));
  return ring::Member{.pins = pins,
                      .bed = bed,
                      .waiter = member.waiter,
                      .join = join,
                      .word = member.word,
                      .depth = tarn_load_relaxed_u32(&subscriber->depth),
                      .takes = state == RecordState::Active,
                      .reliable = member.reliable() && state == RecordState::Active,
                      .from_start = tarn_load_relaxed_u32(&subscriber->first_ring_generation) <
                                    ring.ring_generation};
}

}  // namespace tarn::directory
