// What the kernel tells of another process: whether it runs, what fds it has, how much memory is its own.
// Reads /proc and disturbs nobody. A process that has gone has nothing. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace tarn::test {

// Whether this very process runs: a zombie does not, and neither does another one with its number.
[[nodiscard]] bool is_running(std::int32_t pid, std::uint64_t start_time);

// As /proc has it: R, S, T (stopped), Z (dead and not collected) and others; 0: there is no such process.
[[nodiscard]] char state_of(std::int32_t pid);

// How many fds it has of each kind: "socket", "anon_inode:[pidfd]", or the path of a file. Those of the
// objects named in `except` do not count.
using DescriptorCounts = std::map<std::string, std::uint32_t>;
[[nodiscard]] DescriptorCounts descriptors_of(std::int32_t pid,
                                              const std::set<std::string>& except = {});

// The sockets and pipes that this process has, by name. A child that was forked has them too.
[[nodiscard]] std::set<std::string> own_sockets_and_pipes();

// Pages that belong to no file, counted one by one: the kernel's quick figure is off by hundreds of KiB.
[[nodiscard]] std::uint64_t anonymous_kib(std::int32_t pid);

}  // namespace tarn::test
