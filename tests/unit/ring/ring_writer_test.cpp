#include "middleware/ring/ring_writer.hpp"

#include <cstring>
#include <string_view>

#include "tests/support/catch.hpp"
#include "tests/support/ring_memory.hpp"

using tarn::ring::kNoChunk;
using tarn::ring::RingWriter;
using tarn::ring::SlotLayout;
using tarn::test::RingMemory;

namespace {

constexpr std::uint64_t kWrap = std::uint64_t{1} << 40;

}  // namespace

TEST_CASE("the first message of a new ring has sequence 1", "[ring]") {
  for (const std::uint32_t depth : {1U, 2U, 3U, 65536U}) {
    const RingMemory ring({.depth = depth});
    RingWriter writer(ring.view());
    REQUIRE(writer.next_sequence() == 1);
    writer.commit_inline({.length_bytes = 5}, "first");
    REQUIRE(writer.next_sequence() == 2);
    REQUIRE(ring.slot_of(1).ctl == tarn_ctl(1, TARN_CHUNK_INLINE));
    REQUIRE(ring.header().tail == 1);
  }
}

TEST_CASE("an inline message stands in its slot with what was said of it", "[ring]") {
  for (const std::uint32_t slot_bytes : tarn::ring::kSlotBytes) {
    const RingMemory ring({.depth = 3, .slot_bytes = slot_bytes});
    const std::uint32_t capacity = tarn::ring::inline_capacity_bytes(slot_bytes);
    std::vector<std::byte> payload(capacity);
    tarn::test::fill_payload(payload, 1);
    RingWriter writer(ring.view());
    writer.commit_inline({.stamp_ns = 123456789012,
                          .length_bytes = capacity,
                          .lost_before = 7,
                          .flags = tarn::ring::kSlotForwarded},
                         payload.data());
    SlotLayout& slot = ring.slot_of(1);
    REQUIRE(slot.stamp_ns == 123456789012);
    REQUIRE(slot.length_bytes == capacity);
    REQUIRE(slot.lost_before == 7);
    REQUIRE(slot.flags == tarn::ring::kSlotForwarded);
    REQUIRE(std::memcmp(tarn::ring::inline_words(&slot), payload.data(), capacity) == 0);
  }
}

TEST_CASE("a commit gives back the chunk that the overwritten slot held", "[ring]") {
  const RingMemory ring({.depth = 3, .chunk_count = 5});
  RingWriter writer(ring.view());
  for (const std::uint32_t chunk : {4U, 0U, 2U})
    REQUIRE(writer.commit_chunk({}, chunk) == kNoChunk);
  REQUIRE(writer.commit_chunk({}, 1) == 4);
  REQUIRE(writer.commit_inline({.length_bytes = 1}, "x") == 0);
  REQUIRE(writer.commit_chunk({}, 3) == 2);
  REQUIRE(writer.commit_chunk({}, 0) == 1);
  REQUIRE(writer.commit_chunk({}, 2) == kNoChunk);  // over the inline one
}

TEST_CASE("a control word out of range gives back no chunk", "[ring]") {
  const RingMemory ring({.depth = 1, .chunk_count = 2});
  RingWriter writer(ring.view());
  ring.slot_of(1).ctl = tarn_ctl(99, 2);
  REQUIRE(writer.commit_chunk({}, 0) == kNoChunk);
}

TEST_CASE("a writer keeps sequence and slot in step at any depth, past 40 bits too", "[ring]") {
  for (const std::uint32_t depth : {1U, 2U, 3U, 1000U}) {
    for (const std::uint64_t before : {std::uint64_t{0}, kWrap - 2 * depth - 1}) {
      const RingMemory ring({.depth = depth, .published = before});
      RingWriter writer(ring.view(), before + 1);
      const std::uint64_t last = before + 4 * depth + 3;
      while (writer.next_sequence() <= last) {
        const std::uint64_t sequence = writer.next_sequence();
        writer.commit_inline({.length_bytes = 8}, &sequence);
        REQUIRE(ring.header().tail == sequence);
      }
      for (std::uint64_t sequence = last; sequence > last - depth; --sequence) {
        SlotLayout& slot = ring.slot_of(sequence);
        REQUIRE(slot.ctl == tarn_ctl(sequence, TARN_CHUNK_INLINE));
        REQUIRE(std::memcmp(tarn::ring::inline_words(&slot), &sequence, 8) == 0);
      }
    }
  }
}

TEST_CASE("closing says so and leaves the messages", "[ring]") {
  const RingMemory ring({.depth = 2});
  RingWriter writer(ring.view());
  writer.commit_inline({.length_bytes = 4}, "last");
  REQUIRE(ring.header().closed == 0);
  writer.close();
  REQUIRE(ring.header().closed == 1);
  REQUIRE(ring.slot_of(1).ctl == tarn_ctl(1, TARN_CHUNK_INLINE));
}
