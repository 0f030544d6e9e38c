// What to do when the kernel is short of memory for a moment: give it that moment, instead of asking again
// at once and for ever. No state; any thread.
#pragma once

#include <cerrno>

namespace tarn::platform {

// Answers that a later call need not get.
[[nodiscard]] constexpr bool is_shortage(int system_errno) noexcept {
  return system_errno == ENOMEM || system_errno == ENOBUFS;
}

// Sleeps for a millisecond, or until a signal comes. Leaves errno alone.
void wait_out_shortage() noexcept;

}  // namespace tarn::platform
