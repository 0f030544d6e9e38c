// How this process has mapped the pool, page by page, as the kernel tells it, which is what counts. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tarn::test {

struct PoolStretch {
  std::byte* first = nullptr;
  std::size_t bytes = 0;
  std::uint64_t offset = 0;  // in the pool
  bool writable = false;
};

[[nodiscard]] std::vector<PoolStretch> pool_stretches();

// Where the byte at `offset` of the pool lies; nullptr: nowhere, or nowhere writable.
[[nodiscard]] std::byte* place_in_pool(std::uint64_t offset, bool writable = false);

}  // namespace tarn::test
