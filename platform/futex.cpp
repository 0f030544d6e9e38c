#include "platform/futex.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include <tarn/detail/assert.hpp>

#include "platform/shortage.hpp"
#include "platform/system_call.hpp"
#include "platform/timespec.hpp"

namespace tarn::platform {

namespace {

// No FUTEX_PRIVATE_FLAG, and no FUTEX_CLOCK_REALTIME: with FUTEX_WAIT_BITSET the time is then an
// absolute CLOCK_MONOTONIC.
constexpr int kWait = FUTEX_WAIT_BITSET;
constexpr int kWake = FUTEX_WAKE;
constexpr std::uint32_t kAnyWaker = FUTEX_BITSET_MATCH_ANY;
// Of a kernel that is short of memory; then sleepers are left to their safety time-outs.
constexpr int kTriesToWake = 20;

// The kernel's own structs, because the C library's timespec changes with _TIME_BITS and the
// system call does not: number 240 on 32-bit ARM always reads 32-bit times.
struct KernelTime {
  long seconds;
  long nanoseconds;
};
struct KernelTime64 {
  std::int64_t seconds;
  std::int64_t nanoseconds;
};

template <typename Time>
long wait_call(long number, const std::uint32_t* word, std::uint32_t expected, const Time* time) {
  return ::syscall(number, word, kWait, expected, time, nullptr, kAnyWaker);
}

long wait_until(const std::uint32_t* word, std::uint32_t expected, std::int64_t nanoseconds) {
  const KernelTime64 time{nanoseconds / kNanosecondsPerSecond, nanoseconds % kNanosecondsPerSecond};
  if constexpr (sizeof(long) < sizeof(std::int64_t)) {
    constexpr long kFutexTime64 = 422;  // since Linux 5.1, the same number on every 32-bit machine
    const long result = wait_call(kFutexTime64, word, expected, &time);
    if (result == 0 || errno != ENOSYS) return result;
  }
  // On a 32-bit kernel without 64-bit times: 2^31 seconds of uptime are 68 years, longer is for ever.
  if (time.seconds > INT32_MAX && sizeof(long) < sizeof(std::int64_t)) {
    return wait_call<KernelTime>(SYS_futex, word, expected, nullptr);
  }
  const KernelTime narrow{static_cast<long>(time.seconds), static_cast<long>(time.nanoseconds)};
  return wait_call(SYS_futex, word, expected, &narrow);
}

}  // namespace

FutexWait futex_wait(const std::uint32_t* word, std::uint32_t expected, MonotonicTime deadline,
                     OnSignal on_signal) noexcept {
  const std::int64_t since_boot = deadline.time_since_epoch().count();
  for (;;) {
    const long result = deadline == kForever
                            ? wait_call<KernelTime>(SYS_futex, word, expected, nullptr)
                            : wait_until(word, expected, since_boot > 0 ? since_boot : 0);
    if (result == 0) return FutexWait::Woken;
    if (errno == EAGAIN) return FutexWait::ValueChanged;
    if (errno == ETIMEDOUT) return FutexWait::TimedOut;
    if (errno == ENOMEM) {
      wait_out_shortage();
      return FutexWait::Woken;  // without a cause
    }
    // Anything else is a word that is not mapped or not aligned: our bug, never a peer's doing.
    TARN_ASSERT(errno == EINTR);
    if (on_signal == OnSignal::Return) return FutexWait::Interrupted;
  }
}

int futex_wake(const std::uint32_t* word, int count) noexcept {
  const int saved_errno = errno;
  long woken = -1;
  for (int tries = 0; woken < 0 && tries < kTriesToWake; ++tries) {
    if (tries > 0) wait_out_shortage();
    woken = retry_interrupted(
        [&] { return ::syscall(SYS_futex, word, kWake, count, nullptr, nullptr, 0); });
    TARN_ASSERT(woken >= 0 || errno == ENOMEM);
  }
  errno = saved_errno;
  return woken < 0 ? 0 : static_cast<int>(woken);
}

}  // namespace tarn::platform
