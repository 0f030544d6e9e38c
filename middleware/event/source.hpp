// What a wait set asks of something that messages come to. A table of functions instead of a class, so
// that this room knows neither ports nor the classes that own them. `object` is the owner's; it lives
// until it is detached. All functions are called by the wait set's thread.
#pragma once

#include <cstdint>

namespace tarn::event {

struct SourceFunctions {
  // Whether a take would find something. Follows what changed around the object.
  bool (*ready)(void* object) noexcept;
  // Sees to it that who brings something rings from now on. Before the fence of a sleep.
  void (*mark)(void* object) noexcept;
  // After it: whether ready() or status_changes() may answer something else than before. Changes nothing,
  // since what it joined now would not be marked.
  bool (*stirs)(const void* object) noexcept;
  // Grows when a message comes.
  std::uint64_t (*arrivals)(void* object) noexcept;
  // Grows when the object's status changes. None: it has no status.
  std::uint64_t (*status_changes)(void* object) noexcept;
  // It is rung by this waiter from now on; no more, since the wait set has forgotten it.
  void (*attached)(void* object, std::uint32_t waiter) noexcept;
  void (*detached)(void* object) noexcept;
};

struct Source {
  void* object = nullptr;
  const SourceFunctions* functions = nullptr;
  std::uint32_t waiter = 0;  // its own, which hints go by; several sources may share one
};

}  // namespace tarn::event
