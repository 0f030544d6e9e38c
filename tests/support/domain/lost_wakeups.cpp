#include "tests/support/domain/lost_wakeups.hpp"

#include <algorithm>
#include <stdexcept>

#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/safety_wakeups.hpp"

namespace tarn::test {

void note_lost_wakeups(const std::string& runtime_directory, std::uint64_t expected) {
  try {
    const std::uint64_t found = PoolObserver(runtime_directory).safety_wakeups();
    note_safety_wakeups(found - std::min(found, expected));
  } catch (const std::runtime_error&) {
    return;  // nobody waits where there is no pool, or none that holds
  }
}

}  // namespace tarn::test
