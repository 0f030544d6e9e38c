// How a call to the kernel can fail when something has run out, call by call; and what a process has open.
// For tests that let the n-th call of a process fail, for every n. Knows system calls, not who makes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tests/support/call_tracer.hpp"

namespace tarn::test {

// The errors that the kernel could have given this call on a machine that is short of something, likely ones
// first; none for one that cannot fail so, or whose failure is a matter of the C library's heap.
[[nodiscard]] std::vector<int> shortages_of(const SystemCall& call);

// Which of the calls that a process makes to let fail: each that is followed by others than those before it,
// and of loops, which make the same ones again and again, the first few rounds; all of them in a soak.
[[nodiscard]] std::vector<std::uint32_t> calls_to_fail(const std::vector<SystemCall>& calls);

// As CallRule: the call of this index fails with the error at `choice` of its list, and one whose list is
// shorter does not.
[[nodiscard]] CallRule shortage_at(std::uint32_t index, std::size_t choice);
// How many choices there are for the call that has most.
inline constexpr std::size_t kMostShortages = 2;

// Open descriptors of a process.
[[nodiscard]] std::size_t descriptor_count(std::int32_t pid);
// Bytes of the file whose path ends so that a process may write through a mapping.
[[nodiscard]] std::uint64_t writable_bytes_of(std::int32_t pid, const char* path_end);

}  // namespace tarn::test
