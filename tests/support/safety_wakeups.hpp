// Nobody's wake-up may get lost: every wait is bounded by a safety time-out, and one that finds something
// by it is counted in the pool. Whoever gives a test its domain notes that count here before the pool goes,
// and main's listener fails the run unless it is 0. Main thread.
#pragma once

#include <cstdint>

namespace tarn::test {

// Of the test case that runs now.
void note_safety_wakeups(std::uint64_t count);

}  // namespace tarn::test
