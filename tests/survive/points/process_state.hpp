// What another process is doing, as /proc has it, and waiting for it without taking its processor away.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

namespace tarn::test {

// 'S' asleep, 'R' running, 'Z' dead and not collected; 0 when there is none.
[[nodiscard]] char process_state(std::int32_t pid);
[[nodiscard]] bool all_asleep(std::span<const std::int32_t> pids);

// As wait_until(), with pauses that are shorter at first: for what takes microseconds, thousands of times.
[[nodiscard]] bool comes_true(const std::function<bool()>& condition);

}  // namespace tarn::test
