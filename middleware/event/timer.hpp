// A point in time that comes again every period. It keeps to the grid that it started on, so it does
// not drift, and counts the periods nobody asked about. It reads no clock: the time is handed in. A
// value; one thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace tarn::event {

using Time = std::chrono::steady_clock::time_point;

class Timer {
 public:
  Timer() noexcept = default;  // never due
  // Due first after one period. Requires: it is positive.
  Timer(std::chrono::nanoseconds period, Time now) noexcept;

  [[nodiscard]] bool due(Time now) const noexcept { return next_ <= now && runs(); }
  [[nodiscard]] bool runs() const noexcept { return period_ > std::chrono::nanoseconds::zero(); }
  // When it is due next; Time::max() for never.
  [[nodiscard]] Time next() const noexcept { return next_; }
  // How many periods have ended by now, and starts with the one under way.
  [[nodiscard]] std::uint64_t take(Time now) noexcept;
  // On a grid that starts now.
  void restart(Time now) noexcept;

 private:
  std::chrono::nanoseconds period_{0};
  Time next_ = Time::max();
};

}  // namespace tarn::event
