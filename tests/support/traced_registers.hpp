// The registers of a traced thread that stands at a system call: the one part of tracing that knows the
// processor. Free functions for the tracer; false: the kernel refused.
#pragma once

#include <cstdint>

namespace tarn::test {

// Whether this processor's registers are known here.
[[nodiscard]] bool registers_are_known() noexcept;

// At the entry: the kernel makes no call, only the stop at the exit comes.
bool suppress_call(std::int32_t thread) noexcept;
// At the entry, and once more at the exit to give back what the program had there.
bool set_third_argument(std::int32_t thread, std::uint64_t value) noexcept;
// At the exit.
bool set_result(std::int32_t thread, std::int64_t result) noexcept;

}  // namespace tarn::test
