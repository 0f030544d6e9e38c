#include "middleware/plan/ring_shape.hpp"

#include "middleware/ring/ring_layout.hpp"
#include "tests/support/catch.hpp"

using tarn::plan::shape_ring;
using tarn::plan::slot_bytes_for;

TEST_CASE("a payload goes into the smallest slot that holds it", "[plan][ring_shape]") {
  CHECK(slot_bytes_for(1) == 64);
  CHECK(slot_bytes_for(40) == 64);
  CHECK(slot_bytes_for(41) == 128);
  CHECK(slot_bytes_for(104) == 128);
  CHECK(slot_bytes_for(105) == 256);
  CHECK(slot_bytes_for(232) == 256);
  CHECK(slot_bytes_for(233) == 64);
}

TEST_CASE("a ring of small messages has slots and no chunks", "[plan][ring_shape]") {
  const auto shape = shape_ring(
      {.payload_bytes = 40, .alignment = 8, .depth = 16, .loans = 2, .subscribers = 8, .held = 2},
      4096);
  CHECK(shape.chunk_count == 0);
  CHECK(shape.slots_offset == sizeof(tarn::ring::RingHeaderLayout));
  CHECK(shape.area_bytes == 4096);
}

TEST_CASE("a ring of large messages has a chunk for every place one can be in",
          "[plan][ring_shape]") {
  const auto shape = shape_ring(
      {.payload_bytes = 1000, .alignment = 8, .depth = 16, .loans = 2, .subscribers = 8, .held = 2},
      4096);
  CHECK(shape.chunk_bytes == 1024);
  CHECK(shape.chunk_count == 34 + 4);
  CHECK(shape.chunks_offset % 64 == 0);
  CHECK(shape.chunks_offset >= shape.slots_offset + 16 * 64);
  CHECK(shape.area_bytes >= shape.chunks_offset + 38 * 1024);
  CHECK(shape.area_bytes % 4096 == 0);
}

TEST_CASE("many chunks have an eighth to spare, large ones a single one", "[plan][ring_shape]") {
  const auto many = shape_ring({.payload_bytes = 300,
                                .alignment = 64,
                                .depth = 100,
                                .loans = 4,
                                .subscribers = 28,
                                .held = 2},
                               4096);
  CHECK(many.chunk_count == 160 + 20);
  const auto large = shape_ring({.payload_bytes = 64 * 1024,
                                 .alignment = 64,
                                 .depth = 100,
                                 .loans = 4,
                                 .subscribers = 28,
                                 .held = 2},
                                4096);
  CHECK(large.chunk_count == 160 + 1);
}

TEST_CASE("the largest ring there may be is counted without overflow", "[plan][ring_shape]") {
  const auto shape = shape_ring({.payload_bytes = 1u << 30,
                                 .alignment = 64,
                                 .depth = 65536,
                                 .loans = 64,
                                 .subscribers = 256,
                                 .held = 16},
                                4096);
  CHECK(shape.chunk_count == 65536 + 64 + 4096 + 1);
  CHECK(shape.area_bytes > std::uint64_t{shape.chunk_count} << 30);
}

TEST_CASE(
    "where the newest are dropped each subscriber has a ring of its own, in front of the chunks",
    "[plan][ring_shape]") {
  const tarn::plan::RingDemand small{.payload_bytes = 104,
                                     .alignment = 8,
                                     .depth = 10,
                                     .loans = 2,
                                     .subscribers = 3,
                                     .held = 2,
                                     .private_rings = true};
  SECTION("with its head, the sequences of its messages, and slots like everybody's") {
    const auto shape = shape_ring(small, 4096);
    CHECK(shape.private_rings_offset == 512 + 10 * 128);
    CHECK(tarn::ring::private_ring_bytes(10, 128) == (64 + 80 + 112) + 10 * 128);
    CHECK(shape.chunks_offset == shape.private_rings_offset + 3 * (256 + 10 * 128));
    CHECK(shape.area_bytes >= shape.chunks_offset);
  }
  SECTION("and every place in it may hold a chunk of its own") {
    auto large = small;
    large.payload_bytes = 1000;
    const auto shape = shape_ring(large, 4096);
    CHECK(shape.chunk_count == (10 + 2 + 3 * 2 + 3 * 10) + 6);
    CHECK(shape.chunks_offset >=
          shape.private_rings_offset + 3 * tarn::ring::private_ring_bytes(10, 64));
    CHECK(shape.area_bytes >= shape.chunks_offset + std::uint64_t{shape.chunk_count} * 1024);
  }
  SECTION("and nowhere else") {
    auto without = small;
    without.private_rings = false;
    CHECK(shape_ring(without, 4096).private_rings_offset == 0);
  }
}

TEST_CASE("no slot of a private ring crosses a boundary of its size", "[plan][ring_shape]") {
  for (const std::uint32_t slot_bytes : tarn::ring::kSlotBytes) {
    for (std::uint32_t depth = 1; depth < 200; ++depth) {
      REQUIRE(tarn::ring::private_slots_offset(depth, slot_bytes) % slot_bytes == 0);
      REQUIRE(tarn::ring::private_ring_bytes(depth, slot_bytes) % slot_bytes == 0);
    }
  }
}
