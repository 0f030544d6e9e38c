#include "platform/cpu.hpp"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "platform/system_call.hpp"

namespace tarn::platform {

namespace {

// The kernel refuses a mask smaller than the one it was built for; no kernel is built for more.
constexpr std::size_t kMostCpus = 1U << 16;
constexpr std::size_t kCpusPerSet = sizeof(cpu_set_t) * CHAR_BIT;

using CpuMask = std::vector<cpu_set_t>;

std::size_t mask_bytes(const CpuMask& mask) noexcept { return mask.size() * sizeof(cpu_set_t); }

}  // namespace

Result<std::vector<std::size_t>> allowed_cpus() {
  for (std::size_t sets = 1;; sets *= 2) {
    CpuMask mask(sets);
    if (::sched_getaffinity(0, mask_bytes(mask), mask.data()) == 0) {
      std::vector<std::size_t> cpus;
      for (std::size_t cpu = 0; cpu < sets * kCpusPerSet; ++cpu) {
        if (CPU_ISSET_S(cpu, mask_bytes(mask), mask.data())) cpus.push_back(cpu);
      }
      return cpus;
    }
    const int error = errno;
    if (error == EINVAL && sets * kCpusPerSet < kMostCpus) continue;
    return Failure(Error::make(code_of(error), error, "cannot find the allowed processors"));
  }
}

std::size_t online_cpu_count() noexcept {
  const auto cpus = allowed_cpus();
  return cpus ? std::max<std::size_t>(cpus->size(), 1) : 1;
}

Result<void> pin_thread_to_cpu(std::size_t cpu) {
  int error = EINVAL;
  if (cpu < kMostCpus) {
    CpuMask mask(cpu / kCpusPerSet + 1);
    CPU_SET_S(cpu, mask_bytes(mask), mask.data());
    if (::sched_setaffinity(0, mask_bytes(mask), mask.data()) == 0) return {};
    error = errno;
  }
  const Errc code = error == EINVAL ? Errc::InvalidArgument : code_of(error);
  return Failure(Error::make(code, error,
                             "cannot pin a thread to processor %zu: it must be there and allowed "
                             "to this process",
                             cpu));
}

}  // namespace tarn::platform
