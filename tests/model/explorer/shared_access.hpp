// How the program under test reaches its shared memory: each access goes to the exploration under way,
// with the name of the function that makes it. On threads of a program only, while it is explored.
#pragma once

#include <cstdint>

#include "tests/model/explorer/operation.hpp"

namespace tarn::model {

std::uint64_t load(const void* word, std::uint32_t bytes, Order order, const char* step);
void store(void* word, std::uint32_t bytes, std::uint64_t value, Order order, const char* step);
// Add, Or, And; answers the value before.
std::uint64_t change(void* word, std::uint32_t bytes, Kind kind, std::uint64_t operand, Order order,
                     const char* step);
void fence(Order order, const char* step);

// A payload: accesses that must be ordered by others. One word stands for all of it.
void plain_write(const void* payload, std::uint64_t value, const char* step = __builtin_FUNCTION());
std::uint64_t plain_read(const void* payload, const char* step = __builtin_FUNCTION());

// The last value in the modification order of a word, for Program::finish().
[[nodiscard]] std::uint64_t last_value(const void* word);

// What an execution breaks, if it does.
void expect(bool holds, const char* claim);

}  // namespace tarn::model
