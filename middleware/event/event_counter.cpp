#include "middleware/event/event_counter.hpp"

namespace tarn::event {

void EventCounter::add() noexcept {
  // order(event.count): release. Pairs with take(): what was done before the trigger is seen by who
  // hears of it. Weaker, a callback could miss what it is called for.
  count_.fetch_add(1, std::memory_order_release);
}

bool EventCounter::pending() const noexcept {
  // relaxed: take() reads it again. That a trigger is not missed between this look and a sleep is the
  // work of the two full fences around it.
  return count_.load(std::memory_order_relaxed) != 0;
}

std::uint64_t EventCounter::take() noexcept {
  // order(event.count): acquire. Pairs with add().
  return count_.exchange(0, std::memory_order_acquire);
}

}  // namespace tarn::event
