// Whether the pool and the written limits are large enough for the topics that the file lists. Knows no
// more of it than middleware/plan/ says. Free function without state; any thread.
#pragma once

#include <cstdint>

#include "config/facts.hpp"
#include "config/findings.hpp"

namespace tarn::config {

// What the file leaves in doubt counts as nothing, so that what is found does
// not depend on it.
void check_memory(const Facts& facts, std::uint32_t page_bytes, Findings& findings);

}  // namespace tarn::config
