#include "middleware/ring/ring_writer.hpp"

#include "middleware/ring/protocol.h"

namespace tarn::ring {

std::uint32_t RingWriter::begin(SlotLayout& slot, const MessageNote& note) noexcept {
  // relaxed: only this publisher writes the slot.
  const std::uint32_t old_chunk = tarn_ctl_chunk(tarn_load_relaxed_u64(&slot.ctl));
  // All lines of the slot are on their way before the first store waits for one.
  for (std::uint32_t line = 0; line < ring_.slot_bytes; line += kLineBytes) {
    tarn_prefetch_for_write(reinterpret_cast<const std::byte*>(&slot) + line);
  }
  tarn_slot_begin(&slot.ctl, next_);
  // relaxed: published by the commit, validated by readers.
  tarn_store_relaxed_u32(&slot.length_bytes, note.length_bytes);
  tarn_store_relaxed_u16(&slot.lost_before, note.lost_before);
  tarn_store_relaxed_u16(&slot.flags, note.flags);
  tarn_store_relaxed_u64(&slot.stamp_ns, note.stamp_ns);
  return old_chunk < ring_.chunk_count ? old_chunk : kNoChunk;
}

void RingWriter::commit(SlotLayout& slot, std::uint32_t chunk) noexcept {
  tarn_slot_commit(&slot.ctl, next_, chunk);
  tarn_tail_publish(ring_.tail, next_);
  tarn_publish_fence();
  ++next_;
  if (++index_ == ring_.depth) index_ = 0;
}

std::uint32_t RingWriter::commit_inline(const MessageNote& note, const void* payload) noexcept {
  SlotLayout& slot = *ring_.slot(index_);
  const std::uint32_t old_chunk = begin(slot, note);
  tarn_write_payload(inline_words(&slot), payload, note.length_bytes);
  commit(slot, TARN_CHUNK_INLINE);
  return old_chunk;
}

std::uint32_t RingWriter::commit_chunk(const MessageNote& note, std::uint32_t chunk) noexcept {
  SlotLayout& slot = *ring_.slot(index_);
  const std::uint32_t old_chunk = begin(slot, note);
  commit(slot, chunk);
  return old_chunk;
}

void RingWriter::close() noexcept {
  // order(ring.closed): release. Comes after every commit; pairs with the look of readers and broker.
  tarn_store_release_u32(&ring_.header->closed, kRingClosed);
  tarn_publish_fence();
}

}  // namespace tarn::ring
