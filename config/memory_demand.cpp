#include "config/memory_demand.hpp"

namespace tarn::config {

plan::MemoryDemand memory_demand(const DomainConfig& config, std::uint32_t page_bytes) noexcept {
  return {.limits = config.limits,
          .pool_bytes = config.pool.size_bytes.value_or(0),
          .unplanned_bytes = config.pool.unplanned_bytes,
          .page_bytes = page_bytes};
}

}  // namespace tarn::config
