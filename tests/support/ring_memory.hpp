// The shared memory of one ring and of its readers, on the heap, for tests of middleware/ring: each
// part is an allocation of its own and exactly as large as it says, so that the address sanitizer sees
// a step over its end. Payloads are functions of their sequence, so that any reader can check any byte.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "middleware/ring/protocol.h"
#include "middleware/ring/ring_reader.hpp"
#include "middleware/ring/ring_view.hpp"

namespace tarn::test {

// Word `index` of the payload of message `sequence`.
constexpr std::uint64_t payload_word(std::uint64_t sequence, std::size_t index) noexcept {
  return (sequence * 0x9E3779B97F4A7C15 + index) * 0xBF58476D1CE4E5B9;
}

inline void fill_payload(std::span<std::byte> payload, std::uint64_t sequence) noexcept {
  for (std::size_t at = 0; at < payload.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t word = payload_word(sequence, at / sizeof word);
    std::memcpy(payload.data() + at, &word, std::min(sizeof word, payload.size() - at));
  }
}

[[nodiscard]] inline bool payload_holds(std::span<const std::byte> payload,
                                        std::uint64_t sequence) noexcept {
  for (std::size_t at = 0; at < payload.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t word = payload_word(sequence, at / sizeof word);
    if (std::memcmp(payload.data() + at, &word, std::min(sizeof word, payload.size() - at)) != 0) {
      return false;
    }
  }
  return true;
}

[[nodiscard]] inline bool payload_holds(const ring::TakenMessage& message) noexcept {
  return payload_holds({message.data, message.length_bytes}, message.sequence);
}

class LineMemory {
 public:
  explicit LineMemory(std::size_t bytes)
      : memory_(bytes == 0 ? nullptr : std::aligned_alloc(ring::kLineBytes, bytes)) {
    if (memory_) std::memset(memory_.get(), 0, bytes);
  }
  [[nodiscard]] std::byte* data() const { return static_cast<std::byte*>(memory_.get()); }

 private:
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };
  std::unique_ptr<void, Free> memory_;
};

struct RingShape {
  std::uint32_t depth = 4;
  std::uint32_t slot_bytes = 64;
  std::uint32_t chunk_count = 0;
  std::uint32_t chunk_bytes = 64;
  std::uint32_t gid_base = 1000;
  std::uint64_t published = 0;  // the memory is as after so many empty inline messages
};

class RingMemory {
 public:
  explicit RingMemory(const RingShape& shape)
      : header_(sizeof(ring::RingHeaderLayout)),
        slots_(std::size_t{shape.depth} * shape.slot_bytes),
        chunks_(std::size_t{shape.chunk_count} * shape.chunk_bytes),
        view_{.header = reinterpret_cast<ring::RingHeaderLayout*>(header_.data()),
              .tail = &view_.header->tail,
              .slots = slots_.data(),
              .chunks = chunks_.data(),
              .depth = shape.depth,
              .slot_bytes = shape.slot_bytes,
              .chunk_count = shape.chunk_count,
              .chunk_bytes = shape.chunk_bytes,
              .gid_base = shape.gid_base} {
    for (std::uint32_t index = 0; index < shape.depth; ++index) {
      view_.slot(index)->ctl = tarn_ctl(0, TARN_CHUNK_NONE);
    }
    const std::uint64_t first =
        shape.published < shape.depth ? 1 : shape.published - shape.depth + 1;
    for (std::uint64_t sequence = first; sequence <= shape.published; ++sequence) {
      slot_of(sequence).ctl = tarn_ctl(sequence, TARN_CHUNK_INLINE);
    }
    view_.header->tail = shape.published;
  }

  [[nodiscard]] const ring::RingView& view() const { return view_; }
  [[nodiscard]] ring::RingHeaderLayout& header() const { return *view_.header; }
  [[nodiscard]] ring::SlotLayout& slot_of(std::uint64_t sequence) const {
    return *view_.slot(view_.slot_index(sequence));
  }

 private:
  LineMemory header_;
  LineMemory slots_;
  LineMemory chunks_;
  ring::RingView view_;
};

// A subscription's lines and its reader. The copy buffer is just large enough for the ring's slots.
class TestReader {
 public:
  TestReader(const ring::RingView& ring, ring::ReaderStart start, std::uint32_t keep_last,
             std::uint32_t held = 2)
      : pins_(held),
        buffer_(ring::inline_capacity_bytes(ring.slot_bytes) / 8),
        reader_(ring, &join_, start, keep_last) {}
  explicit TestReader(const ring::RingView& ring) : TestReader(ring, {}, ring.depth) {}
  TestReader(const TestReader&) = delete;
  TestReader& operator=(const TestReader&) = delete;

  ring::TakeResult take() {
    ring::PinSet pins{pins_};
    return reader_.take(pins, std::as_writable_bytes(std::span(buffer_)));
  }

  [[nodiscard]] ring::RingReader& reader() { return reader_; }
  [[nodiscard]] const ring::ReaderCounts& counts() const { return reader_.counts(); }
  [[nodiscard]] std::span<std::uint32_t> pins() { return pins_; }
  [[nodiscard]] ring::JoinLayout& join() { return join_; }

 private:
  ring::JoinLayout join_{};
  std::vector<std::uint32_t> pins_;
  std::vector<std::uint64_t> buffer_;
  ring::RingReader reader_;
};

// Where a subscription that joins now starts, as a port decides it.
[[nodiscard]] inline ring::ReaderStart start_now(const ring::RingView& ring,
                                                 std::uint64_t history = 0) {
  const std::uint64_t newest = ring::newest_sequence(ring);
  return {.first = newest + 1, .from = newest + 1 - (history < newest ? history : newest)};
}

// Everything since the start of the reader, by what became of it.
[[nodiscard]] constexpr std::uint64_t accounted(const ring::ReaderCounts& counts) {
  return counts.received + counts.overwritten + counts.corrupt + counts.skipped;
}

}  // namespace tarn::test
