// One access of a thread to shared memory, a fence, or a futex call, as the explorer sees it: what is
// asked for, by which step of the protocol, and what came out. Values only; no thread rules.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tarn::model {

inline constexpr std::size_t kMostThreads = 4;
inline constexpr std::size_t kMostWords = 64;

using ThreadId = std::uint32_t;
using WordId = std::uint32_t;

enum class Kind : std::uint8_t {
  Load,
  Store,
  Add,
  Or,
  And,
  Fence,
  PlainRead,  // not atomic: a payload
  PlainWrite,
  FutexWait,
  FutexWake,
};

enum class Order : std::uint8_t { Relaxed, Acquire, Release, AcquireRelease, Full };

[[nodiscard]] constexpr bool acquires(Order order) {
  return order == Order::Acquire || order == Order::AcquireRelease || order == Order::Full;
}
[[nodiscard]] constexpr bool releases(Order order) {
  return order == Order::Release || order == Order::AcquireRelease || order == Order::Full;
}
[[nodiscard]] constexpr bool is_change(Kind kind) {
  return kind == Kind::Add || kind == Kind::Or || kind == Kind::And;
}

struct Operation {
  Kind kind = Kind::Load;
  Order order = Order::Relaxed;
  const void* address = nullptr;
  std::uint32_t bytes = 0;
  std::uint64_t operand = 0;  // stored, added, expected by a futex wait
  std::uint64_t initial = 0;  // what memory holds there, for the first access
  const char* step = "";      // the function that asks
  WordId word = 0;            // of the address; the explorer fills it in
  std::uint64_t result = 0;
};

// What a program under test consists of. `body` runs on a stack that is dropped in the middle when the
// rest of an execution is of no interest, so its local variables must need no destructor.
struct ThreadBody {
  std::string name;
  std::function<void()> body;
};

}  // namespace tarn::model
