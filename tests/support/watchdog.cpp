#include "tests/support/watchdog.hpp"

#include <thread>

namespace tarn::test {

bool wait_until(const std::function<bool()>& condition, std::chrono::nanoseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const bool last = std::chrono::steady_clock::now() >= end;
    if (condition()) return true;
    if (last) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace tarn::test
