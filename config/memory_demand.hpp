// What the memory plan needs to know of a configuration besides its rules. Free function without state; any
// thread.
#pragma once

#include <cstdint>

#include "config/domain_config.hpp"
#include "middleware/plan/memory_plan.hpp"

namespace tarn::config {

// For plan_memory() together with config.rules.
[[nodiscard]] plan::MemoryDemand memory_demand(const DomainConfig& config,
                                               std::uint32_t page_bytes) noexcept;

}  // namespace tarn::config
