// What the part of a pool that holds no messages is made of: for people who wonder where its bytes go.
// Knows the pool's geometry, no pool. Free function without state; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include <tarn/result.hpp>

#include "middleware/pool/pool_geometry.hpp"

namespace tarn::plan {

struct BookkeepingPart {
  const char* name = "";    // "ring records"
  std::uint32_t count = 0;  // of what it is made of; 0: it is one piece
  std::uint64_t bytes = 0;  // with the gap behind it
};

// In the order of the file; their bytes add up to all in front of the publishers' areas. The errors of
// plan_geometry() for limits and page sizes.
[[nodiscard]] Result<std::vector<BookkeepingPart>> bookkeeping_parts(const pool::PoolLimits& limits,
                                                                     std::uint32_t page_bytes);

}  // namespace tarn::plan
