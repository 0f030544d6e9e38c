// Waiting for others to come to rest, thousands of times, without taking the processor away from them.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "middleware/pool/pool_view.hpp"

namespace tarn::test {

[[nodiscard]] bool all_asleep(std::span<const std::int32_t> pids);

// Whether whoever reads what a dead publisher has left has come to its end and gone: so it was woken for it.
[[nodiscard]] bool orphans_are_left(const pool::PoolView& pool);

// As wait_until(), with pauses that are shorter at first: for what takes microseconds.
[[nodiscard]] bool comes_true(const std::function<bool()>& condition);

}  // namespace tarn::test
