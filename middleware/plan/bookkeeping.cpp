#include "middleware/plan/bookkeeping.hpp"

#include <array>
#include <cstddef>

#include <tarn/limits.hpp>

namespace tarn::plan {

namespace {

struct Table {
  const char* name;
  pool::TablePlace pool::PoolGeometry::*place;
  bool counted;
};

constexpr std::array kTables{
    Table{"client records", &pool::PoolGeometry::clients, true},
    Table{"topic records", &pool::PoolGeometry::topics, true},
    Table{"ring records", &pool::PoolGeometry::rings, true},
    Table{"subscriber records", &pool::PoolGeometry::subscribers, true},
    Table{"waiter records", &pool::PoolGeometry::waiters, true},
    Table{"member entries", &pool::PoolGeometry::members, true},
    Table{"type descriptions", &pool::PoolGeometry::type_text, false},
    Table{"owners of blocks", &pool::PoolGeometry::block_owners, true},
    Table{"configuration", &pool::PoolGeometry::configuration, false},
    Table{"bells of waiters", &pool::PoolGeometry::bells, true},
    Table{"bells of rings", &pool::PoolGeometry::ring_bells, true},
    Table{"summaries of rings", &pool::PoolGeometry::summaries, true},
    Table{"subscriber blocks", &pool::PoolGeometry::blocks, true},
};

}  // namespace

Result<std::vector<BookkeepingPart>> bookkeeping_parts(const pool::PoolLimits& limits,
                                                       std::uint32_t page_bytes) {
  // However large the pool, what lies in front is the same.
  const auto geometry = pool::plan_geometry(limits, kMaxPoolBytes, page_bytes);
  if (!geometry) return Failure(geometry.error());
  std::vector<BookkeepingPart> parts;
  parts.reserve(kTables.size() + 1);
  parts.push_back({.name = "header", .bytes = (*geometry.*kTables.front().place).offset});
  for (std::size_t i = 0; i < kTables.size(); ++i) {
    const pool::TablePlace& place = *geometry.*kTables[i].place;
    const std::uint64_t end =
        i + 1 < kTables.size() ? (*geometry.*kTables[i + 1].place).offset : geometry->areas.offset;
    parts.push_back({.name = kTables[i].name,
                     .count = kTables[i].counted ? place.count : 0,
                     .bytes = end - place.offset});
  }
  return parts;
}

}  // namespace tarn::plan
