// How often a user event was triggered and not reported yet. It wakes nobody. Adding is for any thread
// and signal handler, the rest for the wait set's thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace tarn::event {

class EventCounter {
 public:
  void add() noexcept;
  [[nodiscard]] bool pending() const noexcept;
  // All there are; none are left.
  [[nodiscard]] std::uint64_t take() noexcept;

 private:
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "signal handlers add to it");

  std::atomic<std::uint64_t> count_{0};
};

}  // namespace tarn::event
