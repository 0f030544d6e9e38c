// How tests wait: for a condition, under a limit that only a broken program reaches. The limit is no
// measurement; it is generous enough for emulators, sanitizers and busy machines.
//
//   REQUIRE(wait_until([&] { return handle.is_dead(); }));
#pragma once

#include <chrono>
#include <functional>

namespace tarn::test {

inline constexpr std::chrono::seconds kWatchdog{30};

// Asks again and again, with a pause of a millisecond. True: the condition holds. False: the limit
// has passed, and it still did not hold when asked last.
[[nodiscard]] bool wait_until(const std::function<bool()>& condition,
                              std::chrono::nanoseconds limit = kWatchdog);

}  // namespace tarn::test
