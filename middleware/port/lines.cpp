#include "middleware/port/lines.hpp"

#include "middleware/ring/atomics.h"

namespace tarn::port {

Result<void> make_line_writable(pool::PoolMapping& mapping, std::uint32_t line,
                                std::uint32_t client) {
  const pool::PoolView& pool = mapping.view();
  const auto& geometry = pool.geometry();
  const std::uint32_t block = line / geometry.block.lines;
  const auto* owner = pool.record<std::uint32_t>(geometry.block_owners, block);
  // relaxed: stored before the grant was answered or the member entry made active.
  if (owner == nullptr || tarn_load_relaxed_u32(owner) != client + 1) {
    return Failure(Error::make(Errc::Corrupt, 0,
                               "line %u lies in subscriber block %u, which is not this client's",
                               line, block));
  }
  return mapping.grant(geometry.blocks.offset + std::uint64_t{block} * geometry.page_bytes,
                       geometry.page_bytes);
}

}  // namespace tarn::port
