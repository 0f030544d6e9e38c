#include "middleware/ring/private_rings.hpp"

#include <algorithm>

#include "middleware/ring/protocol.h"

namespace tarn::ring {

PrivateRings::PrivateRings(const RingView& shared, std::byte* rings, std::uint32_t places,
                           std::uint64_t name)
    : name_(name), ring_depth_(shared.depth) {
  places_.reserve(places);
  for (std::uint32_t place = 0; place < places; ++place) {
    const PrivateRing ring = private_ring(shared, rings, place);
    places_.push_back({.writer = PrivateWriter(ring),
                       .head = ring.head,
                       .join = nullptr,
                       .word = 0,
                       .first = 1,
                       .refused = 0,
                       .depth = shared.depth});
  }
}

// Its former member's messages stay where they are, under numbers that are less than the first: so their
// chunks are given up one by one, as in any ring.
void PrivateRings::serve(std::uint32_t at, const Member& member, std::uint64_t next) noexcept {
  Place& place = places_[at];
  if (!member.takes) return stop(at);
  if (place.word == member.word) return;
  place.join = member.join;
  place.word = member.word;
  place.first = place.writer.next_sequence();
  place.refused = 0;
  place.depth = std::clamp(member.depth, 1U, ring_depth_);
  // relaxed, all: published by the member's word.
  tarn_store_relaxed_u64(&place.head->base, next);
  tarn_store_relaxed_u64(&place.head->first, place.first);
  tarn_store_relaxed_u64(&place.head->refused, 0);
  tarn_private_ring_begin(&place.head->member, member.word);
}

void PrivateRings::stop(std::uint32_t place) noexcept { places_[place].join = nullptr; }

PrivateRings::Room PrivateRings::room_at(const Place& place) const noexcept {
  // order(ring.join): acquire. Pairs with the join that resets its cursors before it names the ring.
  const bool joined = tarn_load_acquire_u64(&place.join->ring_name) == name_;
  const std::uint64_t cursor = tarn_cursor_read(&place.join->private_cursor);
  if (joined && cursor == kLeft) return Room::Left;
  const std::uint64_t next = place.writer.next_sequence();
  // Who has not come so far yet has taken nothing; nor has one whose words are wrong, which hurts nobody
  // else.
  const bool begun = joined && cursor >= place.first && cursor <= next;
  return next - (begun ? cursor : place.first) < place.depth ? Room::Free : Room::None;
}

void PrivateRings::refuse(Place& place) noexcept {
  ++refused_;
  // relaxed: a counter with one writer. That the message is not kept says nothing of any other word.
  tarn_store_relaxed_u64(&place.head->refused, ++place.refused);
}

template <typename Commit>
std::uint32_t PrivateRings::deliver(Commit commit) noexcept {
  std::uint32_t refused = 0;
  for (Place& place : places_) {
    if (place.join == nullptr) continue;
    switch (room_at(place)) {
      case Room::Free:
        commit(place.writer);
        break;
      case Room::None:
        refuse(place);
        ++refused;
        break;
      case Room::Left:
        break;
    }
  }
  return refused;
}

std::uint32_t PrivateRings::deliver_inline(const MessageNote& note, const void* payload,
                                           std::uint64_t sequence) noexcept {
  return deliver(
      [&](PrivateWriter& writer) { (void)writer.commit_inline(note, payload, sequence); });
}

std::uint32_t PrivateRings::deliver_chunk(const MessageNote& note, std::uint32_t chunk,
                                          std::uint64_t sequence, ChunkLedger& ledger) noexcept {
  return deliver([&](PrivateWriter& writer) {
    ledger.enter(chunk);
    const std::uint32_t old = writer.commit_chunk(note, chunk, sequence);
    if (old != kNoChunk) ledger.leave(old);
  });
}

}  // namespace tarn::ring
