// What system calls are called, for messages; knows those that the library, its tests and the C library
// under them make. Free function; any thread.
#pragma once

#include <cstdint>

namespace tarn::test {

// "mmap"; nullptr for one that is not known here.
[[nodiscard]] const char* system_call_name(std::uint64_t number) noexcept;

}  // namespace tarn::test
