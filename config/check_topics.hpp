// Whether what the file says about topics holds together: patterns that tie, histories that no depth holds,
// one type in two sizes, times to wait where nobody waits. Free functions without state; any thread.
#pragma once

#include "config/facts.hpp"
#include "config/findings.hpp"
#include "config/rulings.hpp"

namespace tarn::config {

void check_topics(const Facts& facts, Findings& findings);

// A timeout or evict_after that no topic, pattern or default with a blocking overflow ever takes. Part of
// check_topics().
void check_waits(const Facts& facts, const Rulings& rulings, Findings& findings);

}  // namespace tarn::config
