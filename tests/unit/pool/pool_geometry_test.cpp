#include "middleware/pool/pool_geometry.hpp"

#include <array>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "middleware/directory/records_layout.hpp"
#include "middleware/pool/pool_view.hpp"
#include "middleware/ring/ring_layout.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/support/seed.hpp"

using tarn::Errc;
using tarn::test::must;
using namespace tarn::pool;

namespace {

constexpr std::uint64_t kMiB = 1 << 20;

std::vector<TablePlace> places(const PoolGeometry& geometry) {
  return {geometry.clients, geometry.topics,     geometry.rings,     geometry.subscribers,
          geometry.waiters, geometry.members,    geometry.type_text, geometry.block_owners,
          geometry.bells,   geometry.ring_bells, geometry.summaries, geometry.blocks,
          geometry.areas};
}

bool same(const TablePlace& one, const TablePlace& other) {
  return one.offset == other.offset && one.count == other.count &&
         one.record_bytes == other.record_bytes;
}

PoolHeaderLayout header_of(const PoolGeometry& geometry) {
  PoolHeaderLayout header{};
  store_geometry(geometry, header);
  return header;
}

Errc code_of_plan(const PoolLimits& limits, std::uint64_t pool_bytes, std::uint32_t page_bytes) {
  const auto planned = plan_geometry(limits, pool_bytes, page_bytes);
  REQUIRE_FALSE(planned);
  return planned.error().code();
}

}  // namespace

static_assert(sizeof(tarn::ring::BellLayout) == 64 && sizeof(tarn::ring::SummaryLayout) == 64);

TEST_CASE("the default limits keep a directory of less than 512 KiB", "[pool]") {
  const PoolGeometry geometry = must(plan_geometry({}, 16 * kMiB, 4096));
  CHECK(geometry.directory_bytes() + geometry.bells_bytes() < 512 * 1024);
  CHECK(geometry.pool_bytes == 16 * kMiB);
  CHECK(geometry.clients.count == 64);
  CHECK(geometry.rings.count == 256 + 32);
  CHECK(geometry.subscribers.count == 1024);
  CHECK(geometry.blocks.count == 64 + 4096 / 32);
}

TEST_CASE("a pool remembers how many publishers it was made for", "[pool]") {
  PoolLimits limits;
  for (limits.publishers = 1; limits.publishers < 1000; ++limits.publishers) {
    const PoolGeometry geometry = must(plan_geometry(limits, 16 * kMiB, 4096));
    REQUIRE(publisher_limit(geometry) == limits.publishers);
  }
}

TEST_CASE("tables lie one behind the other up to the end of the pool", "[pool]") {
  const std::uint32_t page = GENERATE(4096U, 16384U, 65536U);
  const PoolGeometry geometry = must(plan_geometry({}, 64 * kMiB + 123, page));
  std::uint64_t end = page;
  for (const TablePlace& place : places(geometry)) {
    CHECK(place.offset >= end);
    CHECK(place.offset % 64 == 0);
    CHECK(place.count > 0);
    end = place.offset + std::uint64_t{place.count} * place.record_bytes;
  }
  CHECK(end == geometry.pool_bytes);
  CHECK(geometry.pool_bytes == 64 * kMiB);  // whole pages
  CHECK(geometry.bells.offset % page == 0);
  CHECK(geometry.blocks.offset % page == 0);
  CHECK(geometry.areas.offset % page == 0);
  CHECK(geometry.block.joins == page / 64 / 2);
}

TEST_CASE("a block has a place for every kind of line and no more", "[pool]") {
  const BlockFormat block = block_format(4096);
  CHECK(block.lines == 64);
  CHECK(block.waiters + 2 * block.subscriptions + block.pin_lines + block.joins == block.lines);
}

TEST_CASE("a pool too small for its bookkeeping is refused with both numbers", "[pool]") {
  const PoolGeometry geometry = must(plan_geometry({}, 16 * kMiB, 4096));
  const std::uint64_t needed = geometry.areas.offset + 4096;
  CHECK(plan_geometry({}, needed, 4096).has_value());
  const auto planned = plan_geometry({}, needed - 1, 4096);
  REQUIRE_FALSE(planned);
  CHECK(planned.error().code() == Errc::PoolFull);
  const std::string text = planned.error().message();
  CHECK(text.find("pool.size is " + std::to_string(needed - 1)) != std::string::npos);
  CHECK(text.find("need " + std::to_string(needed)) != std::string::npos);
}

TEST_CASE("limits out of range are refused by their key", "[pool]") {
  PoolLimits limits;
  SECTION("none of something") {
    limits.clients = 0;
    const auto planned = plan_geometry(limits, 16 * kMiB, 4096);
    REQUIRE_FALSE(planned);
    CHECK(planned.error().code() == Errc::InvalidArgument);
    CHECK(std::string(planned.error().message()) == "limits.clients is 0; allowed are 1 to 65536");
  }
  SECTION("more than an index can name") {
    limits.memberships = 0xFFFFFFFF;
    CHECK(code_of_plan(limits, 16 * kMiB, 4096) == Errc::InvalidArgument);
  }
  SECTION("a pool beyond what chunk ids reach") {
    CHECK(code_of_plan(limits, (std::uint64_t{1} << 38) + 1, 4096) == Errc::InvalidArgument);
  }
  SECTION("pages that are none") {
    CHECK(code_of_plan(limits, 16 * kMiB, 5000) == Errc::InvalidArgument);
    CHECK(code_of_plan(limits, 16 * kMiB, 2048) == Errc::InvalidArgument);
    CHECK(code_of_plan(limits, 16 * kMiB, 0) == Errc::InvalidArgument);
  }
  SECTION("but no observers are allowed") {
    limits.observers = 0;
    CHECK(plan_geometry(limits, 16 * kMiB, 4096).has_value());
  }
}

TEST_CASE("a geometry is loaded from its header as it was planned", "[pool]") {
  PoolGeometry planned = must(plan_geometry({}, 16 * kMiB, 4096));
  planned.pool_id = 0x1234;
  const PoolHeaderLayout header = header_of(planned);
  const PoolGeometry loaded = must(load_geometry(header, 16 * kMiB));
  CHECK(loaded.pool_bytes == planned.pool_bytes);
  CHECK(loaded.pool_id == 0x1234);
  CHECK(loaded.page_bytes == 4096);
  CHECK(loaded.block.lines == 64);
  const auto before = places(planned);
  const auto after = places(loaded);
  for (std::size_t i = 0; i < before.size(); ++i) CHECK(same(before[i], after[i]));
}

TEST_CASE("a header that does not hold is refused", "[pool]") {
  const PoolGeometry planned = must(plan_geometry({}, 16 * kMiB, 4096));
  PoolHeaderLayout header = header_of(planned);
  const auto refused_as = [&](Errc code) {
    const auto loaded = load_geometry(header, 16 * kMiB);
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code() == code);
    return std::string(loaded.error().message());
  };
  SECTION("another magic number") {
    header.magic = 1;
    refused_as(Errc::Corrupt);
  }
  SECTION("another layout version, naming both") {
    header.layout_version = 7;
    CHECK(refused_as(Errc::VersionMismatch).find("version 7, this program knows 5") !=
          std::string::npos);
  }
  SECTION("pages and lines of another machine") {
    header.page_bytes = 3;
    refused_as(Errc::ProtocolError);
    header.page_bytes = 4096;
    header.line_bytes = 128;
    refused_as(Errc::ProtocolError);
  }
  SECTION("another size than the file has") {
    header.pool_bytes += 4096;
    refused_as(Errc::Corrupt);
  }
  SECTION("records of another size") {
    header.topics.record_bytes += 64;
    CHECK(refused_as(Errc::Corrupt).find("record size of topics is 448, expected 384") !=
          std::string::npos);
  }
  SECTION("a table that overlaps the one before") {
    header.rings.offset -= 64;
    refused_as(Errc::Corrupt);
  }
  SECTION("a table off its line") {
    header.members.offset += 8;
    refused_as(Errc::Corrupt);
  }
  SECTION("a table that ends behind the pool") {
    header.areas.count += 1;
    refused_as(Errc::Corrupt);
    header.areas.count = 0xFFFFFFFF;
    refused_as(Errc::Corrupt);
    header.areas.offset = ~std::uint64_t{0} - 4095;
    refused_as(Errc::Corrupt);
  }
  SECTION("tables that belong together but differ") {
    header.bells.count -= 1;
    refused_as(Errc::Corrupt);
  }
}

TEST_CASE("a damaged header never yields a table outside the pool", "[pool]") {
  std::mt19937_64 random(tarn::test::seed());
  const PoolGeometry planned = must(plan_geometry({}, 16 * kMiB, 4096));
  int refused = 0;
  for (int round = 0; round < 20000; ++round) {
    PoolHeaderLayout header = header_of(planned);
    auto* bytes = reinterpret_cast<unsigned char*>(&header);
    const std::size_t place = random() % offsetof(PoolHeaderLayout, state);
    bytes[place] = static_cast<unsigned char>(random());
    const auto loaded = load_geometry(header, 16 * kMiB);
    refused += loaded ? 0 : 1;
    if (!loaded) continue;
    std::uint64_t end = 4096;
    for (const TablePlace& table : places(*loaded)) {
      REQUIRE(table.offset >= end);
      end = table.offset + std::uint64_t{table.count} * table.record_bytes;
      REQUIRE(end <= 16 * kMiB);
    }
  }
  CHECK(refused > 0);
}

TEST_CASE("a view answers no place for an index beyond its table", "[pool]") {
  const PoolGeometry geometry = must(plan_geometry({}, 16 * kMiB, 4096));
  std::vector<std::byte> memory(64);  // never read: only addresses are computed
  const PoolView view(memory.data(), geometry);
  using Client = tarn::directory::ClientRecordLayout;
  CHECK(view.record<Client>(geometry.clients, 63) != nullptr);
  CHECK(view.record<Client>(geometry.clients, 64) == nullptr);
  CHECK(view.record<Client>(geometry.topics, 0) == nullptr);  // records of another size
  CHECK(view.line<tarn::ring::JoinLayout>(geometry.line_count() - 1) != nullptr);
  CHECK(view.line<tarn::ring::JoinLayout>(geometry.line_count()) == nullptr);
  CHECK(view.area(geometry.areas.offset, geometry.pool_bytes - geometry.areas.offset) != nullptr);
  CHECK(view.area(geometry.areas.offset - 1, 1) == nullptr);
  CHECK(view.area(geometry.pool_bytes, 1) == nullptr);
  CHECK(view.area(geometry.areas.offset, ~std::uint64_t{0}) == nullptr);
}
