// A ring and its two ends for models: the library's own writer, reader, chunk ledger and member list,
// compiled over the explorer's accesses, put together as middleware/port does it. Payloads are one
// word that is not atomic, so that an access nobody ordered is a data race. Shared memory keeps its
// place for the whole exploration; renew() starts the private parts over.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "middleware/ring/chunk_ledger.hpp"
#include "middleware/ring/pin_set.hpp"
#include "middleware/ring/protocol.h"
#include "middleware/ring/ring_reader.hpp"
#include "middleware/ring/ring_writer.hpp"
#include "tests/model/explorer/explorer.hpp"
#include "tests/model/explorer/shared_access.hpp"
#include "tests/support/ring_memory.hpp"

namespace tarn::test {

inline std::string show_ctl(std::uint64_t ctl) {
  const std::uint32_t chunk = tarn_ctl_chunk(ctl);
  const std::string sequence = std::to_string(ctl >> 24);
  if (chunk == TARN_CHUNK_NONE) return sequence == "0" ? "empty" : sequence + " busy";
  return sequence + (chunk == TARN_CHUNK_INLINE ? " inline" : " chunk " + std::to_string(chunk));
}

inline void describe_ring(model::WordMap& words, const ring::RingView& view,
                          const std::string& name = "") {
  for (std::uint32_t index = 0; index < view.depth; ++index) {
    ring::SlotLayout& slot = *view.slot(index);
    const std::string text = name + "slot " + std::to_string(index);
    words.name(&slot.ctl, text, show_ctl);
    // What a slot says is written and read like its payload; a model that is about that names words.
    words.leave_out(&slot.length_bytes, view.slot_bytes - sizeof slot.ctl);
  }
  words.name(&view.header->tail, name + "tail");
  for (std::uint32_t chunk = 0; chunk < view.chunk_count; ++chunk) {
    words.name(view.chunk(chunk), name + "payload of chunk " + std::to_string(chunk));
  }
}

// Puts the first message into a ring, with its payload in chunk 0.
inline void begin_with_one(const RingMemory& ring) {
  ring.slot_of(1).ctl = tarn_ctl(1, 0);
  ring.slot_of(1).length_bytes = sizeof(std::uint64_t);
  ring.header().tail = 1;
  const std::uint64_t payload = 1;
  std::memcpy(ring.view().chunk(0), &payload, sizeof payload);
}

// Publishes through chunks, as PublisherPort does: loan, reclaim and publish.
class ChunkPublisher {
 public:
  // `published` messages lie in the ring already, in the first chunks: see begin_with_one().
  explicit ChunkPublisher(const ring::RingView& ring, std::uint64_t published = 0)
      : ring_(ring), writer_(ring, published + 1), ledger_(ring.chunk_count) {
    for (std::uint64_t i = 0; i < published; ++i) (void)ledger_.pop_free();
  }

  void add_member(ring::PinSpan pins) { members_[member_count_++] = pins; }

  // The next message's payload in a free chunk; false when every chunk is in use.
  bool write() {
    if (!ledger_.has_free()) reclaim();
    if (!ledger_.has_free()) return false;
    chunk_ = ledger_.pop_free();
    model::plain_write(ring_.chunk(chunk_), writer_.next_sequence());
    return true;
  }
  bool publish() {
    if (!write()) return false;
    const std::uint32_t old = writer_.commit_chunk({.length_bytes = sizeof(std::uint64_t)}, chunk_);
    if (old != ring::kNoChunk) ledger_.retire(old);
    return true;
  }

  void reclaim() {
    ledger_.clear_marks();
    for (const ring::PinSpan pins : std::span(members_).first(member_count_)) {
      ledger_.mark_pinned(pins, ring_.gid_base);
    }
    ledger_.free_unmarked();
  }

 private:
  ring::RingView ring_;
  ring::RingWriter writer_;
  ring::ChunkLedger ledger_;
  std::uint32_t chunk_ = 0;
  std::array<ring::PinSpan, 2> members_{};
  std::size_t member_count_ = 0;
};

// A subscription with its pins and its place in one ring.
class ModelReader {
 public:
  void renew(const ring::RingView& ring) {
    reader_.emplace(ring, &join_, ring::ReaderStart{}, ring.depth);
  }
  void describe(model::WordMap& words, const std::string& name, std::size_t pin_count = 1) {
    pin_count_ = pin_count;
    words.name(&join_.cursor, name + " cursor");
    words.name_each(pins_.data(), pin_count, sizeof pins_[0], name + " pin");
  }

  ring::TakeResult take() { return take_with(pins()); }
  ring::TakeResult take_with(std::span<std::uint32_t> pins) {
    ring::PinSet set{pins};
    return reader_->take(set, std::as_writable_bytes(std::span(copy_)));
  }
  // Reads a message that was taken as a chunk.
  static void check(const ring::TakenMessage& message) {
    model::expect(model::plain_read(message.data) == message.sequence,
                  "a pinned chunk holds the message that was taken");
  }

  [[nodiscard]] std::span<std::uint32_t> pins() { return std::span(pins_).first(pin_count_); }
  [[nodiscard]] const std::uint64_t* cursor_word() const { return &join_.cursor; }
  [[nodiscard]] ring::RingReader& reader() { return *reader_; }
  [[nodiscard]] std::uint64_t copied(std::size_t word) const { return copy_[word]; }

 private:
  ring::JoinLayout join_{.cursor = 1, .ring_name = 0, .private_cursor = 0, .reserved = {}};
  std::array<std::uint32_t, 2> pins_{};
  std::size_t pin_count_ = 1;
  std::array<std::uint64_t, 5> copy_{};
  std::optional<ring::RingReader> reader_;
};

}  // namespace tarn::test
