// Where everything in a pool lies. The broker computes it from the limits once; everybody else copies
// it from the header once, checks it, and never reads it again. Plain values: any thread may hold its
// own copy. It knows no records, only how many there are and how large.
#pragma once

#include <algorithm>
#include <cstdint>

#include <tarn/result.hpp>

#include "middleware/pool/pool_layout.hpp"

namespace tarn::pool {

// `limits` of the configuration; each error that names one uses the YAML key in the comment.
struct PoolLimits {
  std::uint32_t clients = 64;                 // limits.clients
  std::uint32_t topics = 256;                 // limits.topics
  std::uint32_t publishers = 256;             // limits.publishers
  std::uint32_t memberships = 4096;           // limits.memberships
  std::uint32_t waiters = 256;                // limits.waiters
  std::uint32_t observers = 8;                // limits.observers
  std::uint32_t patterns = 16;                // limits.patterns
  std::uint32_t type_text_bytes = 64 * 1024;  // limits.type_text
  std::uint32_t configuration_bytes = 64;     // no limit: what the broker stores needs that much
};

struct TablePlace {
  std::uint64_t offset = 0;
  std::uint32_t count = 0;
  std::uint32_t record_bytes = 0;
};

// How many lines of each kind a subscriber block of one page has, and where they start. The format is
// the same for every block and for the life of the pool, so a stale look never meets another kind.
struct BlockFormat {
  std::uint32_t lines = 0;          // page_bytes / 64
  std::uint32_t waiters = 0;        // lines / 8, from line 0
  std::uint32_t subscriptions = 0;  // lines / 8, two lines each, from line lines / 8
  std::uint32_t pin_lines = 0;      // lines / 8, from line lines * 3 / 8
  std::uint32_t joins = 0;          // lines / 2, from line lines / 2
};
[[nodiscard]] BlockFormat block_format(std::uint32_t page_bytes) noexcept;

struct PoolGeometry {
  std::uint64_t pool_bytes = 0;
  std::uint64_t pool_id = 0;
  std::uint32_t page_bytes = 0;
  TablePlace clients, topics, rings, subscribers, waiters, members, type_text, block_owners;
  TablePlace configuration, patterns;
  TablePlace bells, ring_bells, summaries, blocks, areas;
  BlockFormat block;

  [[nodiscard]] std::uint64_t line_offset(std::uint32_t line) const noexcept {
    return blocks.offset + std::uint64_t{line} * 64;
  }
  [[nodiscard]] std::uint32_t line_count() const noexcept { return blocks.count * block.lines; }
  // First byte and size of the part everybody may write: bells, ring bells and summaries.
  [[nodiscard]] std::uint64_t bells_offset() const noexcept { return bells.offset; }
  [[nodiscard]] std::uint64_t bells_bytes() const noexcept { return blocks.offset - bells.offset; }
  // Header and directory tables, and with the bells: the bookkeeping of the pool.
  [[nodiscard]] std::uint64_t directory_bytes() const noexcept { return bells.offset; }
};

// Lays a pool out: rings = publishers + max(16, publishers / 8) so that orphans have records;
// subscribers = max(8, memberships / 4); blocks = clients + memberships / joins per block, rounded up.
// PoolFull when `pool_bytes` does not hold the bookkeeping and one page; names both numbers and
// pool.size.
[[nodiscard]] Result<PoolGeometry> plan_geometry(const PoolLimits& limits, std::uint64_t pool_bytes,
                                                 std::uint32_t page_bytes);

// What of a pool with these limits holds no messages, in whole pages: what lies before the areas.
[[nodiscard]] Result<std::uint64_t> bookkeeping_bytes(const PoolLimits& limits,
                                                      std::uint32_t page_bytes);

// Ring records beyond limits.publishers, for orphans: an eighth as many, and these at least.
inline constexpr std::uint32_t kOrphanShare = 8;
inline constexpr std::uint32_t kLeastOrphans = 16;

// How many rings there are records for with so many publishers.
[[nodiscard]] constexpr std::uint64_t ring_count(std::uint64_t publishers) noexcept {
  return publishers + std::max<std::uint64_t>(kLeastOrphans, publishers / kOrphanShare);
}

// The fewest publishers with whom ring_count() is at least that: p + p / 8 are 9 for every 8 of them.
[[nodiscard]] constexpr std::uint64_t publishers_for(std::uint64_t rings) noexcept {
  return rings -
         std::min(rings, std::max<std::uint64_t>(kLeastOrphans, rings / (kOrphanShare + 1)));
}

// limits.publishers of a pool that was laid out already: how many of its rings may be active at once.
[[nodiscard]] std::uint32_t publisher_limit(const PoolGeometry& geometry) noexcept;

// Writes the geometry into a header (broker, while building).
void store_geometry(const PoolGeometry& geometry, PoolHeaderLayout& header) noexcept;

// Copies and checks what a header says. `file_bytes` is the size of the file as the kernel knows it.
// VersionMismatch names both layout versions, Corrupt what does not hold, ProtocolError a foreign
// page or line size.
[[nodiscard]] Result<PoolGeometry> load_geometry(const PoolHeaderLayout& header,
                                                 std::uint64_t file_bytes);

}  // namespace tarn::pool
