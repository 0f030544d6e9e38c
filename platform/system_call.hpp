// Two habits of every file in this room: a call that a signal interrupted is made again, and an
// errno is sorted into the code that a program can act on. No state; any thread.
#pragma once

#include <cerrno>

#include <tarn/error.hpp>

namespace tarn::platform {

// Calls until the answer is not EINTR. Only for calls that wait for nothing or for an absolute time.
template <typename Call>
auto retry_interrupted(Call call) noexcept {
  for (;;) {
    const auto result = call();
    if (result != -1 || errno != EINTR) return result;
  }
}

[[nodiscard]] constexpr Errc code_of(int system_errno) noexcept {
  switch (system_errno) {
    case EACCES:
    case EPERM:
    case EROFS:
      return Errc::NotPermitted;
    case ENOMEM:
      return Errc::OutOfMemory;
    case ENOSPC:
    case EDQUOT:
      return Errc::NoSpace;
    default:
      return Errc::System;
  }
}

}  // namespace tarn::platform
