// A pool's bookkeeping in ordinary memory, all zeroes, for tests of what stands in it.
#pragma once

#include <cstddef>
#include <memory>
#include <new>

#include "middleware/pool/pool_geometry.hpp"
#include "middleware/pool/pool_view.hpp"
#include "tests/support/must.hpp"

namespace tarn::test {

class MemoryPool {
 public:
  MemoryPool() : geometry_(must(pool::plan_geometry({}, kBytes, kPageBytes))) {
    memory_.reset(new (std::align_val_t{kPageBytes}) std::byte[kBytes]());
    pool::store_geometry(geometry_, view().header());
  }

  [[nodiscard]] pool::PoolView view() const { return {memory_.get(), geometry_}; }

 private:
  static constexpr std::size_t kBytes = 4 << 20;
  static constexpr std::size_t kPageBytes = 4096;

  struct Free {
    void operator()(std::byte* memory) const {
      ::operator delete[](memory, std::align_val_t{kPageBytes});
    }
  };
  pool::PoolGeometry geometry_;
  std::unique_ptr<std::byte[], Free> memory_;
};

}  // namespace tarn::test
