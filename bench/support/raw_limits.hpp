// What the machine itself can do: one process stores, the other sees it and stores back. Every figure
// of tarn is a ratio to one of these, measured in the same run on the same CPUs. Polls without a pause:
// the instruction is slow on recent processors and would flatter whatever is compared.
#pragma once

#include <chrono>
#include <cstdint>

#include "platform/clock.hpp"
#include "platform/futex.hpp"

namespace tarn::bench {

// Two cache lines that both processes share, zero at first.
struct RawLines {
  alignas(64) std::uint32_t there;
  alignas(64) std::uint32_t back;
};

// A sleeping echo looks up this often to see whether it is still wanted.
inline constexpr std::chrono::milliseconds kEchoLooksUp{20};

// order(bench.word): acquire and release, so that what is measured could carry a payload.
inline std::uint32_t load_word(const std::uint32_t* word) {
  return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}
inline void store_word(std::uint32_t* word, std::uint32_t value) {
  __atomic_store_n(word, value, __ATOMIC_RELEASE);
}

// Answers every change of `there` with the same in `back` while `wanted()`.
template <typename Wanted>
void echo_lines(RawLines& lines, Wanted wanted) {
  std::uint32_t seen = load_word(&lines.back);
  while (wanted()) {
    const std::uint32_t value = load_word(&lines.there);
    if (value == seen) continue;
    seen = value;
    store_word(&lines.back, value);
  }
}

// One round trip; `value` is neither 0 nor the value before.
inline void ping_lines(RawLines& lines, std::uint32_t value) {
  store_word(&lines.there, value);
  while (load_word(&lines.back) != value) {
  }
}

// The same, each side sleeping while it waits.
template <typename Wanted>
void echo_futex(RawLines& lines, Wanted wanted) {
  std::uint32_t seen = load_word(&lines.back);
  while (wanted()) {
    const std::uint32_t value = load_word(&lines.there);
    if (value == seen) {
      (void)platform::futex_wait(&lines.there, seen, platform::deadline_after(kEchoLooksUp));
      continue;
    }
    seen = value;
    store_word(&lines.back, value);
    platform::futex_wake(&lines.back, 1);
  }
}

// `bounded`: with a time-out, as every wait of tarn has one; the kernel's timer costs some 8 %.
inline void ping_futex(RawLines& lines, std::uint32_t value, bool bounded) {
  store_word(&lines.there, value);
  platform::futex_wake(&lines.there, 1);
  for (std::uint32_t seen = load_word(&lines.back); seen != value; seen = load_word(&lines.back)) {
    (void)platform::futex_wait(
        &lines.back, seen, bounded ? platform::deadline_after(kEchoLooksUp) : platform::kForever);
  }
}

}  // namespace tarn::bench
