#include "platform/timer_descriptor.hpp"

#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>

#include "platform/system_call.hpp"
#include "platform/timespec.hpp"

namespace tarn::platform {

Result<TimerDescriptor> TimerDescriptor::create() {
  FileDescriptor timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (timer) return TimerDescriptor(std::move(timer));
  const int error = errno;
  return Failure(Error::make(code_of(error), error, "cannot create a timer fd"));
}

void TimerDescriptor::set(MonotonicTime when) const noexcept {
  itimerspec setting{};  // all zero: disarmed
  // Not zero, then, for a time that has passed long ago.
  const auto since_boot = std::max(when.time_since_epoch(), std::chrono::nanoseconds(1));
  if (when != kForever) setting.it_value = to_timespec(since_boot);
  // It fails for a time that is none, and ours is.
  (void)::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &setting, nullptr);
}

}  // namespace tarn::platform
