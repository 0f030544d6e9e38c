// The processors: how many this process may use, which one a thread stays on, and how to wait on
// one without starving its sibling. No state; any thread.
#pragma once

#include <cstddef>
#include <vector>

#include <tarn/result.hpp>

namespace tarn::platform {

// One step of a busy wait: tells the processor that nothing happens here.
inline void cpu_relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
  asm volatile("yield" ::: "memory");
#else
  asm volatile("" ::: "memory");
#endif
}

// How many processors the calling thread may run on; at least 1. Containers and taskset count.
[[nodiscard]] std::size_t online_cpu_count() noexcept;

// Their numbers, ascending; they need not start at 0.
[[nodiscard]] Result<std::vector<std::size_t>> allowed_cpus();

// Keeps the calling thread on the processor with this number. One that does not exist or is not
// allowed is InvalidArgument.
[[nodiscard]] Result<void> pin_thread_to_cpu(std::size_t cpu);

}  // namespace tarn::platform
