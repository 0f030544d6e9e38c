// Whether what the file says about links holds together: names that are there once, somewhere to connect,
// topics whose names are still names on the other side. Free function without state; any thread.
#pragma once

#include "config/facts.hpp"
#include "config/findings.hpp"

namespace tarn::config {

void check_links(const Facts& facts, Findings& findings);

}  // namespace tarn::config
