// Sleeping on a 32-bit word in shared memory until another process changes it and wakes us. Always
// the shared kind of futex (never FUTEX_PRIVATE_FLAG), so it works between processes and between
// several mappings of one file. The mapping may be read-only on either side. It does not know what
// the word means. No state; any thread. futex_wake is async-signal-safe.
#pragma once

#include <cstdint>

#include "platform/clock.hpp"

namespace tarn::platform {

enum class FutexWait {
  Woken,         // by a wake, or without a cause: look at your condition again
  ValueChanged,  // the word was not `expected` when the kernel looked
  TimedOut,
  Interrupted,  // by a signal handler; only with OnSignal::Return
};

// What a signal handler that runs during the wait does to it. Retry is what everybody wants whose
// condition a handler cannot change: the deadline is absolute, and the kernel compares the word
// anew, so a change or wake that falls into the handler is never lost.
enum class OnSignal { Retry, Return };

// Sleeps while *word == expected, until futex_wake or the deadline (kForever: none). A deadline in
// the past answers TimedOut or ValueChanged at once. Sleeping is all it does: it orders no memory;
// load the word with the order you need.
[[nodiscard]] FutexWait futex_wait(const std::uint32_t* word, std::uint32_t expected,
                                   MonotonicTime deadline,
                                   OnSignal on_signal = OnSignal::Retry) noexcept;

// Wakes at most `count` sleepers and says how many it woke. Where the kernel is short of memory for longer
// than some milliseconds, none.
inline constexpr int kWakeAll = 0x7fffffff;
int futex_wake(const std::uint32_t* word, int count) noexcept;

}  // namespace tarn::platform
