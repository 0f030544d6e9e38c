#include "middleware/pool/pool_geometry.hpp"

#include <algorithm>
#include <array>

namespace tarn::pool {

namespace {

constexpr std::uint32_t kSmallestPageBytes = 4096;
constexpr std::uint32_t kLargestPageBytes = 64 * 1024;

// Chunk ids are area_offset / 64 + chunk in 32 bits, so they reach over this many bytes.
constexpr std::uint64_t kLargestPoolBytes = std::uint64_t{1} << 38;

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t multiple) noexcept {
  return (value + multiple - 1) / multiple * multiple;
}

// A limit and the most it may be: what keeps every index in its field and the sums below in 64 bits.
struct LimitRange {
  const char* key;
  std::uint32_t value;
  std::uint32_t least;
  std::uint32_t most;
};

Result<void> check_limits(const PoolLimits& limits) {
  const std::array ranges{
      LimitRange{"limits.clients", limits.clients, 1, 1U << 16},
      LimitRange{"limits.topics", limits.topics, 1, 1U << 16},
      LimitRange{"limits.publishers", limits.publishers, 1, 1U << 16},
      LimitRange{"limits.memberships", limits.memberships, 1, 1U << 22},
      LimitRange{"limits.waiters", limits.waiters, 1, 1U << 16},
      LimitRange{"limits.observers", limits.observers, 0, 1U << 16},
      LimitRange{"limits.patterns", limits.patterns, 1, 1U << 16},
      LimitRange{"limits.type_text", limits.type_text_bytes, 1, 1U << 26},
      LimitRange{"the configuration's size", limits.configuration_bytes, 1, 1U << 26},
  };
  for (const LimitRange& range : ranges) {
    if (range.value >= range.least && range.value <= range.most) continue;
    return Failure(Error::make(Errc::InvalidArgument, 0, "%s is %u; allowed are %u to %u",
                               range.key, static_cast<unsigned>(range.value),
                               static_cast<unsigned>(range.least),
                               static_cast<unsigned>(range.most)));
  }
  return {};
}

bool is_page_size(std::uint32_t bytes) noexcept {
  return bytes >= kSmallestPageBytes && bytes <= kLargestPageBytes && (bytes & (bytes - 1)) == 0;
}

// The tables in the order they have in the file.
struct Table {
  const char* name;
  TablePlace PoolGeometry::*place;
  TableLayout PoolHeaderLayout::*layout;
  std::uint32_t record_bytes;  // 0: a page each
  bool starts_part;            // on a page of its own
};
constexpr std::array kTables{
    Table{"clients", &PoolGeometry::clients, &PoolHeaderLayout::clients, kClientRecordBytes, true},
    Table{"topics", &PoolGeometry::topics, &PoolHeaderLayout::topics, kTopicRecordBytes, false},
    Table{"rings", &PoolGeometry::rings, &PoolHeaderLayout::rings, kRingRecordBytes, false},
    Table{"subscribers", &PoolGeometry::subscribers, &PoolHeaderLayout::subscribers,
          kSubscriberRecordBytes, false},
    Table{"waiters", &PoolGeometry::waiters, &PoolHeaderLayout::waiters, kWaiterRecordBytes, false},
    Table{"members", &PoolGeometry::members, &PoolHeaderLayout::members, kMemberEntryBytes, false},
    Table{"type_text", &PoolGeometry::type_text, &PoolHeaderLayout::type_text, 1, false},
    Table{"block_owners", &PoolGeometry::block_owners, &PoolHeaderLayout::block_owners,
          kBlockOwnerBytes, false},
    Table{"configuration", &PoolGeometry::configuration, &PoolHeaderLayout::configuration, 1,
          false},
    Table{"patterns", &PoolGeometry::patterns, &PoolHeaderLayout::patterns, kPatternRecordBytes,
          false},
    Table{"bells", &PoolGeometry::bells, &PoolHeaderLayout::bells, kLineBytes, true},
    Table{"ring_bells", &PoolGeometry::ring_bells, &PoolHeaderLayout::ring_bells, kLineBytes,
          false},
    Table{"summaries", &PoolGeometry::summaries, &PoolHeaderLayout::summaries, kLineBytes, false},
    Table{"blocks", &PoolGeometry::blocks, &PoolHeaderLayout::blocks, 0, true},
    Table{"areas", &PoolGeometry::areas, &PoolHeaderLayout::areas, 0, true},
};

// How many records of each table the limits ask for.
PoolGeometry count_records(const PoolLimits& limits, std::uint32_t page_bytes) {
  PoolGeometry geometry;
  geometry.page_bytes = page_bytes;
  geometry.block = block_format(page_bytes);
  const std::uint32_t joins = geometry.block.joins;
  geometry.clients.count = limits.clients;
  geometry.topics.count = limits.topics;
  geometry.rings.count = static_cast<std::uint32_t>(ring_count(limits.publishers));
  geometry.subscribers.count = std::max(8U, limits.memberships / 4);
  geometry.waiters.count = limits.waiters;
  geometry.members.count = limits.memberships;
  geometry.type_text.count = limits.type_text_bytes;
  geometry.patterns.count = limits.patterns;
  geometry.configuration.count = limits.configuration_bytes;
  geometry.bells.count = geometry.waiters.count;
  geometry.ring_bells.count = geometry.rings.count;
  geometry.summaries.count = geometry.rings.count;
  geometry.blocks.count = limits.clients + (limits.memberships + joins - 1) / joins;
  geometry.block_owners.count = geometry.blocks.count;
  return geometry;
}

// Gives every table its place; the areas, last, begin where the rest ends.
void place_tables(PoolGeometry& geometry) {
  std::uint64_t end = geometry.page_bytes;  // of the header
  for (const Table& table : kTables) {
    TablePlace& place = geometry.*table.place;
    place.record_bytes = table.record_bytes != 0 ? table.record_bytes : geometry.page_bytes;
    place.offset = round_up(end, table.starts_part ? geometry.page_bytes : kLineBytes);
    end = place.offset + std::uint64_t{place.count} * place.record_bytes;
  }
}

// All of a pool but its end.
Result<PoolGeometry> lay_out(const PoolLimits& limits, std::uint32_t page_bytes) {
  const auto checked = check_limits(limits);
  if (!checked) return Failure(checked.error());
  if (!is_page_size(page_bytes)) {
    return Failure(Error::make(Errc::InvalidArgument, 0,
                               "pages of %u bytes cannot be used; allowed are powers of two from "
                               "%u to %u",
                               static_cast<unsigned>(page_bytes),
                               static_cast<unsigned>(kSmallestPageBytes),
                               static_cast<unsigned>(kLargestPageBytes)));
  }
  PoolGeometry geometry = count_records(limits, page_bytes);
  place_tables(geometry);
  return geometry;
}

Failure corrupt(const char* table, const char* what, std::uint64_t found, std::uint64_t expected) {
  return Failure(Error::make(
      Errc::Corrupt, 0, "the pool's header does not hold: %s of %s is %llu, expected %llu", what,
      table, static_cast<unsigned long long>(found), static_cast<unsigned long long>(expected)));
}

// Whether the table begins aligned at or behind `end` and ends inside the pool.
Result<void> check_place(const PoolGeometry& geometry, const Table& table, std::uint64_t end) {
  const TablePlace& place = geometry.*table.place;
  const std::uint32_t record = table.record_bytes != 0 ? table.record_bytes : geometry.page_bytes;
  const std::uint32_t alignment = table.starts_part ? geometry.page_bytes : kLineBytes;
  if (place.record_bytes != record) {
    return corrupt(table.name, "the record size", place.record_bytes, record);
  }
  if (place.count == 0) return corrupt(table.name, "the count", 0, 1);
  if (place.offset < end || place.offset % alignment != 0) {
    return corrupt(table.name, "the offset", place.offset, round_up(end, alignment));
  }
  const std::uint64_t most =
      place.offset > geometry.pool_bytes ? 0 : (geometry.pool_bytes - place.offset) / record;
  if (place.count > most) return corrupt(table.name, "the count", place.count, most);
  return {};
}

Result<void> check_tables(const PoolGeometry& geometry) {
  std::uint64_t end = geometry.page_bytes;  // of the header
  for (const Table& table : kTables) {
    const auto checked = check_place(geometry, table, end);
    if (!checked) return checked;
    const TablePlace& place = geometry.*table.place;
    end = place.offset + std::uint64_t{place.count} * place.record_bytes;
  }
  const auto check_pair = [](const char* name, const TablePlace& found,
                             const TablePlace& expected) {
    if (found.count == expected.count) return Result<void>();
    return Result<void>(corrupt(name, "the count", found.count, expected.count));
  };
  return check_pair("block_owners", geometry.block_owners, geometry.blocks)
      .and_then([&] { return check_pair("bells", geometry.bells, geometry.waiters); })
      .and_then([&] { return check_pair("ring_bells", geometry.ring_bells, geometry.rings); })
      .and_then([&] { return check_pair("summaries", geometry.summaries, geometry.rings); });
}

// Whether the header is one of ours at all, before anything else of it is believed.
Result<void> check_identity(const PoolHeaderLayout& header) {
  if (header.magic != kPoolMagic) {
    return corrupt("the header", "the magic number", header.magic, kPoolMagic);
  }
  if (header.layout_version != kLayoutVersion) {
    return Failure(Error::make(Errc::VersionMismatch, 0,
                               "the pool has layout version %u, this program knows %u: use the "
                               "same tarn release for the broker and its clients",
                               static_cast<unsigned>(header.layout_version),
                               static_cast<unsigned>(kLayoutVersion)));
  }
  if (!is_page_size(header.page_bytes) || header.line_bytes != kLineBytes) {
    return Failure(Error::make(
        Errc::ProtocolError, 0,
        "the pool has pages of %u and lines of %u bytes; allowed are lines "
        "of %u and pages of %u to %u",
        static_cast<unsigned>(header.page_bytes), static_cast<unsigned>(header.line_bytes),
        static_cast<unsigned>(kLineBytes), static_cast<unsigned>(kSmallestPageBytes),
        static_cast<unsigned>(kLargestPageBytes)));
  }
  return {};
}

}  // namespace

BlockFormat block_format(std::uint32_t page_bytes) noexcept {
  const std::uint32_t lines = page_bytes / kLineBytes;
  return {.lines = lines,
          .waiters = lines / 8,
          .subscriptions = lines / 8,
          .pin_lines = lines / 8,
          .joins = lines / 2};
}

Result<PoolGeometry> plan_geometry(const PoolLimits& limits, std::uint64_t pool_bytes,
                                   std::uint32_t page_bytes) {
  auto laid_out = lay_out(limits, page_bytes);
  if (!laid_out) return laid_out;
  if (pool_bytes > kLargestPoolBytes) {
    return Failure(Error::make(Errc::InvalidArgument, 0,
                               "pool.size is %llu bytes; allowed are at most %llu",
                               static_cast<unsigned long long>(pool_bytes),
                               static_cast<unsigned long long>(kLargestPoolBytes)));
  }
  PoolGeometry& geometry = *laid_out;
  const std::uint64_t needed = geometry.areas.offset + page_bytes;
  if (pool_bytes < needed) {
    return Failure(Error::make(
        Errc::PoolFull, 0,
        "pool.size is %llu bytes, but the bookkeeping for these limits and one page for messages "
        "need %llu: raise pool.size or lower limits",
        static_cast<unsigned long long>(pool_bytes), static_cast<unsigned long long>(needed)));
  }
  geometry.pool_bytes = pool_bytes / page_bytes * page_bytes;
  geometry.areas.count =
      static_cast<std::uint32_t>((geometry.pool_bytes - geometry.areas.offset) / page_bytes);
  return laid_out;
}

Result<std::uint64_t> bookkeeping_bytes(const PoolLimits& limits, std::uint32_t page_bytes) {
  const auto laid_out = lay_out(limits, page_bytes);
  if (!laid_out) return Failure(laid_out.error());
  return laid_out->areas.offset;
}

std::uint32_t publisher_limit(const PoolGeometry& geometry) noexcept {
  return static_cast<std::uint32_t>(publishers_for(geometry.rings.count));
}

void store_geometry(const PoolGeometry& geometry, PoolHeaderLayout& header) noexcept {
  header.magic = kPoolMagic;
  header.layout_version = kLayoutVersion;
  header.page_bytes = geometry.page_bytes;
  header.line_bytes = kLineBytes;
  header.pool_bytes = geometry.pool_bytes;
  header.pool_id = geometry.pool_id;
  for (const Table& table : kTables) {
    const TablePlace& place = geometry.*table.place;
    header.*table.layout = {
        .offset = place.offset, .count = place.count, .record_bytes = place.record_bytes};
  }
}

Result<PoolGeometry> load_geometry(const PoolHeaderLayout& header, std::uint64_t file_bytes) {
  // A copy, so that what is checked is what is used.
  const PoolHeaderLayout copy = header;
  const auto identity = check_identity(copy);
  if (!identity) return Failure(identity.error());
  if (copy.pool_bytes != file_bytes) {
    return corrupt("the pool", "the size", copy.pool_bytes, file_bytes);
  }
  PoolGeometry geometry;
  geometry.pool_bytes = copy.pool_bytes;
  geometry.pool_id = copy.pool_id;
  geometry.page_bytes = copy.page_bytes;
  geometry.block = block_format(copy.page_bytes);
  for (const Table& table : kTables) {
    const TableLayout& layout = copy.*table.layout;
    geometry.*table.place = {
        .offset = layout.offset, .count = layout.count, .record_bytes = layout.record_bytes};
  }
  const auto tables = check_tables(geometry);
  if (!tables) return Failure(tables.error());
  return geometry;
}

}  // namespace tarn::pool
