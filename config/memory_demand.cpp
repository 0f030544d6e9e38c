#include "config/memory_demand.hpp"

namespace tarn::config {

plan::MemoryDemand memory_demand(const DomainConfig& config, std::uint32_t page_bytes) noexcept {
  const LimitsConfig& limits = config.limits;
  return {.limits = {.clients = limits.clients,
                     .topics = limits.topics,
                     .publishers = limits.publishers,
                     .memberships = limits.memberships,
                     .waiters = limits.waiters,
                     .observers = limits.observers,
                     .type_text_bytes = limits.type_text_bytes},
          .pool_bytes = config.pool.size_bytes.value_or(0),
          .unplanned_bytes = config.pool.unplanned_bytes,
          .page_bytes = page_bytes};
}

}  // namespace tarn::config
