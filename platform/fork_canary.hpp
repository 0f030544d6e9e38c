// Tells a handle that it has woken up in a forked child, where it means nothing: its mapping is
// gone and its fds are its parent's. It knows no handles; they ask. The word asked lies in a page
// that the kernel empties in the child (MADV_WIPEONFORK), whichever way it forks; a fork handler does
// the same, because emulators promise that and do not do it.
//
// This is the one mutable global of the library, because fork is the one event that happens to all
// of a process at once and asks nobody. Any thread, before and after fork, without locks: a lock
// could have been held by a thread that does not exist in the child.
#pragma once

#include <atomic>
#include <cstdint>

namespace tarn::platform {

// Counts the processes in a line of forks; never 0. Differs between a process and its child.
using ProcessGeneration = std::uint32_t;

// This process's generation. Called when a handle is made, which keeps the answer. The first call
// in a process arms the canary; a child that makes handles of its own gets a new generation.
[[nodiscard]] ProcessGeneration current_process_generation() noexcept;

namespace internal {
// Points at the canary's word from the first current_process_generation() on, and never elsewhere.
extern std::atomic<std::atomic<ProcessGeneration>*> fork_canary_word;
}  // namespace internal

// Whether the handle that kept `made_in` was made before a fork that led to this process. Cheap
// enough for every call on the data path: two loads of lines that never change, and a compare.
// Requires: made_in came from current_process_generation().
[[nodiscard]] inline bool in_forked_child(ProcessGeneration made_in) noexcept {
  // relaxed, both: fork itself puts everything before it ahead of everything in the child.
  return internal::fork_canary_word.load(std::memory_order_relaxed)
             ->load(std::memory_order_relaxed) != made_in;
}

}  // namespace tarn::platform
