// Whether what a program asks of its broker is within the bounds of tarn/limits.hpp. The errors name
// YAML keys, since that is where the numbers come from. Free functions; any thread.
#pragma once

#include <cstdint>

#include <tarn/result.hpp>

#include "middleware/broker/broker.hpp"
#include "middleware/plan/memory_plan.hpp"

namespace tarn::broker {

// InvalidConfig names the key, what was found and what is allowed.
[[nodiscard]] Result<void> check_options(const BrokerOptions& options);

// What they make of a pool with such pages.
[[nodiscard]] Result<plan::MemoryPlan> plan_of(const BrokerOptions& options,
                                               std::uint32_t page_bytes);

}  // namespace tarn::broker
