// Whether what a program asks of its broker is within the bounds of tarn/limits.hpp. The errors name
// YAML keys, since that is where the numbers come from. Free function; any thread.
#pragma once

#include <tarn/result.hpp>

#include "middleware/broker/broker.hpp"

namespace tarn::broker {

// InvalidConfig names the key, what was found and what is allowed.
[[nodiscard]] Result<void> check_options(const BrokerOptions& options);

}  // namespace tarn::broker
