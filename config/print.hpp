// A configuration as the text of a file that says the same: whatever differs from the defaults, and every
// rule as it was written. Free function without state; any thread.
#pragma once

#include <string>

#include "config/domain_config.hpp"

namespace tarn::config {

// load_text(print(x)) == x. Requires: every value is one that the schema allows, and they hold together.
[[nodiscard]] std::string print(const DomainConfig& config);

}  // namespace tarn::config
