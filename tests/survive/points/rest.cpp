#include "tests/survive/points/rest.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "tests/support/process_state.hpp"
#include "tests/support/watchdog.hpp"

namespace tarn::test {

bool all_asleep(std::span<const std::int32_t> pids) {
  return std::all_of(pids.begin(), pids.end(),
                     [](std::int32_t pid) { return state_of(pid) == 'S'; });
}

bool comes_true(const std::function<bool()>& condition) {
  constexpr int kShortPauses = 200;
  constexpr std::chrono::microseconds kShortPause{20};
  for (int i = 0; i < kShortPauses; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(kShortPause);
  }
  return wait_until(condition);
}

}  // namespace tarn::test
