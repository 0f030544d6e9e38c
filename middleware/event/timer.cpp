#include "middleware/event/timer.hpp"

#include "platform/clock.hpp"

namespace tarn::event {

Timer::Timer(std::chrono::nanoseconds period, Time now) noexcept : period_(period) { restart(now); }

std::uint64_t Timer::take(Time now) noexcept {
  if (!due(now)) return 0;
  const std::int64_t periods = 1 + (now - next_) / period_;
  // Not more than one period after now, so the product does not overflow.
  next_ = platform::add_saturating(next_, periods * period_);
  return static_cast<std::uint64_t>(periods);
}

void Timer::restart(Time now) noexcept { next_ = platform::add_saturating(now, period_); }

}  // namespace tarn::event
