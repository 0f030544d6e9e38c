#include "middleware/ring/private_ring.hpp"

#include <cstring>

#include "middleware/ring/protocol.h"

namespace tarn::ring {

PrivateRing private_ring(const RingView& shared, std::byte* rings, std::uint32_t place) noexcept {
  std::byte* const head = rings + place * private_ring_bytes(shared.depth, shared.slot_bytes);
  PrivateRing ring;
  ring.head = reinterpret_cast<PrivateRingLayout*>(head);
  ring.sequences = reinterpret_cast<std::uint64_t*>(head + sizeof(PrivateRingLayout));
  ring.view = shared;
  ring.view.tail = &ring.head->tail;
  ring.view.slots = head + private_slots_offset(shared.depth, shared.slot_bytes);
  return ring;
}

void clear(const PrivateRing& ring) noexcept {
  std::memset(ring.head, 0,
              static_cast<std::size_t>(private_ring_bytes(ring.view.depth, ring.view.slot_bytes)));
  for (std::uint32_t index = 0; index < ring.view.depth; ++index) {
    ring.view.slot(index)->ctl = tarn_ctl(0, TARN_CHUNK_NONE);
  }
}

OwnRing::Beginning OwnRing::beginning() const noexcept {
  if (tarn_private_ring_look(&ring.head->member) != member) return {};
  // relaxed, both: published by the member's word, and stay while it serves this one.
  const Beginning said{.base = tarn_load_relaxed_u64(&ring.head->base),
                       .first = tarn_load_relaxed_u64(&ring.head->first)};
  // What comes into this ring was in everybody's before, so no number is beyond its sequence.
  const bool can_be = said.first >= 1 && said.first <= said.base && said.base <= kMostSequence;
  return can_be ? said : Beginning{};
}

std::uint64_t OwnRing::refused() const noexcept {
  // relaxed: a counter with one writer. Who must not miss any asks once the ring is closed, or was told
  // in some other way that the publish is over.
  return tarn_load_relaxed_u64(&ring.head->refused);
}

std::uint64_t OwnRing::unsettled(const Beginning& begun) const noexcept {
  // Refused ones first: what is kept meanwhile is at least as new.
  const std::uint64_t without_room = refused();
  const std::uint64_t kept = newest_sequence(ring.view) + 1 - begun.first;
  return begun.base + kept + without_room;
}

std::uint32_t PrivateWriter::begin_as(SlotLayout& slot, const MessageNote& note,
                                      std::uint64_t sequence) noexcept {
  const std::uint32_t old_chunk = begin(slot, note);
  // relaxed: published by the commit, validated by readers, as the slot's own words are.
  tarn_store_relaxed_u64(&sequences_[next_slot()], sequence);
  return old_chunk;
}

std::uint32_t PrivateWriter::commit_inline(const MessageNote& note, const void* payload,
                                           std::uint64_t sequence) noexcept {
  SlotLayout& slot = *view().slot(next_slot());
  const std::uint32_t old_chunk = begin_as(slot, note, sequence);
  tarn_write_payload(inline_words(&slot), payload, note.length_bytes);
  commit(slot, TARN_CHUNK_INLINE);
  return old_chunk;
}

std::uint32_t PrivateWriter::commit_chunk(const MessageNote& note, std::uint32_t chunk,
                                          std::uint64_t sequence) noexcept {
  SlotLayout& slot = *view().slot(next_slot());
  const std::uint32_t old_chunk = begin_as(slot, note, sequence);
  commit(slot, chunk);
  return old_chunk;
}

}  // namespace tarn::ring
