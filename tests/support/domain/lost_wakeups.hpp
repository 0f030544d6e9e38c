// The look at a domain's safety wake-ups before its pool goes.
#pragma once

#include <cstdint>
#include <string>

namespace tarn::test {

// Notes what was counted in the pool of this runtime directory, beyond as many as the test is about.
// Nothing where there is no pool. Main thread.
void note_lost_wakeups(const std::string& runtime_directory, std::uint64_t expected = 0);

}  // namespace tarn::test
