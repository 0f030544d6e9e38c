// A publisher's end of a ring for tests of middleware/ring: writer, ledger and member list put together
// the way a port does it, plus the steps at which a publisher may die.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "middleware/ring/chunk_ledger.hpp"
#include "middleware/ring/member_list.hpp"
#include "middleware/ring/protocol.h"
#include "middleware/ring/ring_writer.hpp"
#include "middleware/ring/waker.hpp"
#include "tests/support/ring_memory.hpp"

namespace tarn::test {

// Publishes payloads that are functions of their sequence.
class TestPublisher {
 public:
  explicit TestPublisher(const ring::RingView& ring, std::uint64_t published = 0)
      : ring_(ring),
        writer_(ring, published + 1),
        ledger_(ring.chunk_count),
        members_(ring::kSummaryWords * 64),
        waker_(64) {}

  [[nodiscard]] ring::RingWriter& writer() { return writer_; }
  [[nodiscard]] ring::ChunkLedger& ledger() { return ledger_; }
  [[nodiscard]] ring::MemberList& members() { return members_; }
  [[nodiscard]] std::uint64_t published() const { return writer_.next_sequence() - 1; }

  std::uint64_t publish_inline(std::uint32_t length_bytes) {
    std::byte payload[232];
    fill_payload(std::span(payload).first(length_bytes), writer_.next_sequence());
    retire(writer_.commit_inline({.length_bytes = length_bytes}, payload));
    return published();
  }

  // A free chunk, after a scan where there was none; kNoChunk when each one is in use.
  std::uint32_t loan() {
    if (!ledger_.has_free()) reclaim();
    return ledger_.has_free() ? ledger_.pop_free() : ring::kNoChunk;
  }
  std::uint64_t publish_loan(std::uint32_t chunk) {
    fill_payload({ring_.chunk(chunk), ring_.chunk_bytes}, writer_.next_sequence());
    retire(writer_.commit_chunk({.length_bytes = ring_.chunk_bytes}, chunk));
    return published();
  }
  // 0 when there is no chunk.
  std::uint64_t publish_chunk() {
    const std::uint32_t chunk = loan();
    return chunk == ring::kNoChunk ? 0 : publish_loan(chunk);
  }
  std::uint64_t publish() { return ring_.chunk_count == 0 ? publish_inline(24) : publish_chunk(); }
  void publish(std::uint64_t count) {
    for (; count > 0; --count) publish();
  }

  void reclaim() {
    ledger_.clear_marks();
    for (const ring::Member& member : members_.members()) {
      ledger_.mark_pinned(member.pins, ring_.gid_base);
    }
    ledger_.free_unmarked();
  }

  // After a publish: rings those whose bit is set and who sleep.
  template <ring::Beds B>
  std::uint32_t wake(std::span<const std::uint64_t> summary, const B& beds) {
    std::uint32_t woken = 0;
    for (std::size_t word = 0; word < summary.size(); ++word) {
      for (std::uint64_t bits = tarn_summary_look(&summary[word]); bits != 0; bits &= bits - 1) {
        const auto place = static_cast<std::uint32_t>(word * 64) +
                           static_cast<std::uint32_t>(std::countr_zero(bits));
        if (waker_.wake(members_.members()[place], beds)) ++woken;
      }
    }
    waker_.finish(beds);
    return woken;
  }
  // Rings whoever sleeps.
  template <ring::Beds B>
  void wake_all(const B& beds) {
    for (const ring::Member& member : members_.members()) (void)waker_.wake(member, beds);
    waker_.finish(beds);
  }

 private:
  void retire(std::uint32_t chunk) {
    if (chunk != ring::kNoChunk) ledger_.retire(chunk);
  }

  ring::RingView ring_;
  ring::RingWriter writer_;
  ring::ChunkLedger ledger_;
  ring::MemberList members_;
  ring::Waker waker_;
};

// What a publisher leaves behind that dies in the middle of its next message: before the commit ...
inline void die_before_commit(const RingMemory& ring, std::uint64_t sequence) {
  tarn_slot_begin(&ring.slot_of(sequence).ctl, sequence);
}
// ... or between the commit and the store of tail.
inline void die_before_tail(const RingMemory& ring, std::uint64_t sequence) {
  ring::SlotLayout& slot = ring.slot_of(sequence);
  tarn_slot_begin(&slot.ctl, sequence);
  slot.length_bytes = 0;
  slot.lost_before = 0;
  slot.flags = 0;
  slot.stamp_ns = sequence;
  tarn_slot_commit(&slot.ctl, sequence, TARN_CHUNK_INLINE);
}

}  // namespace tarn::test
