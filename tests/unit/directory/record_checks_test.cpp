#include "middleware/directory/record_checks.hpp"

#include "tests/support/catch.hpp"
#include "tests/unit/directory/memory_pool.hpp"

using namespace tarn::directory;
using tarn::test::MemoryPool;

namespace {

RingRecordLayout ring_in(const tarn::pool::PoolGeometry& geometry) {
  RingRecordLayout ring{};
  ring.area_offset = geometry.areas.offset;
  ring.area_bytes = 4 * geometry.page_bytes;
  ring.depth = 16;
  ring.slot_bytes = 64;
  ring.chunk_count = 4;
  ring.chunk_bytes = 1024;
  ring.payload_bytes = 1000;
  ring.slots_offset = sizeof(tarn::ring::RingHeaderLayout);
  ring.chunks_offset = 4096;
  ring.gid_base = static_cast<std::uint32_t>(ring.area_offset / 64);
  ring.members_capacity = 8;
  return ring;
}

}  // namespace

TEST_CASE("a ring as the broker makes it holds", "[directory]") {
  const MemoryPool pool;
  const auto geometry = pool.view().geometry();
  CHECK(holds(ring_in(geometry), geometry));
}

TEST_CASE("a ring whose numbers lead out of it does not hold", "[directory]") {
  const MemoryPool pool;
  const auto geometry = pool.view().geometry();
  RingRecordLayout ring = ring_in(geometry);
  SECTION("slots over the end") { ring.depth = 1000; }
  SECTION("a depth of none") { ring.depth = 0; }
  SECTION("chunks over the end") { ring.chunk_count = 13; }
  SECTION("chunks in the slots") { ring.chunks_offset = 1024; }
  SECTION("chunks smaller than a payload") { ring.payload_bytes = 1025; }
  SECTION("slots in the header") { ring.slots_offset = 64; }
  SECTION("an area before the areas") { ring.area_offset = 0; }
  SECTION("an area over the end of the pool") { ring.area_bytes = geometry.pool_bytes; }
  SECTION("an area whose end overflows") { ring.area_bytes = UINT64_MAX; }
  SECTION("an area beside a page") { ring.area_offset += 64; }
  SECTION("ids of other chunks") { ring.gid_base += 1; }
  SECTION("more chunks than a slot can name") {
    ring.chunk_count = 0xFFFFFE;
    ring.chunk_bytes = 0;
    ring.payload_bytes = 0;
  }
  SECTION("members beyond their table") { ring.members_first = geometry.members.count - 7; }
  SECTION("a topic beyond its table") { ring.topic = geometry.topics.count; }
  CHECK_FALSE(holds(ring, geometry));
}

TEST_CASE("a subscriber whose lines lie beyond the blocks does not hold", "[directory]") {
  const MemoryPool pool;
  const auto geometry = pool.view().geometry();
  SubscriberRecordLayout subscriber{};
  subscriber.held = 16;
  CHECK(holds(subscriber, geometry));
  SECTION("pins") { subscriber.pins_line = geometry.line_count(); }
  SECTION("counters") { subscriber.counters_line = geometry.line_count() - 1; }
  SECTION("no sample to hold") { subscriber.held = 0; }
  SECTION("more samples than anybody may hold") { subscriber.held = 17; }
  SECTION("a waiter beyond its table") { subscriber.waiter = geometry.waiters.count; }
  SECTION("a client beyond its table") { subscriber.client = geometry.clients.count; }
  CHECK_FALSE(holds(subscriber, geometry));
}

TEST_CASE("sixteen pins stand in a line", "[directory]") {
  CHECK(pin_lines_for(1) == 1);
  CHECK(pin_lines_for(16) == 1);
  CHECK(pin_lines_for(17) == 2);
}

TEST_CASE("a ring's view points at its header, slots and chunks", "[directory]") {
  const MemoryPool pool;
  const auto ring = ring_in(pool.view().geometry());
  const auto view = view_of(ring, pool.view());
  const auto* const area = pool.view().base() + ring.area_offset;
  CHECK(reinterpret_cast<const std::byte*>(view.header) == area);
  CHECK(view.slots == area + ring.slots_offset);
  CHECK(view.chunks == area + 4096);
  CHECK(view.depth == 16);
  CHECK(view.chunk_count == 4);
}
