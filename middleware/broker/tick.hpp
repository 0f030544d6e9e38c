// When to look again at what nobody tells of: soon after something has happened, then less and less often,
// for what is left may wait for somebody who is stopped. Knows times, not what is looked at. Owned by the
// broker; its thread.
#pragma once

#include <algorithm>
#include <chrono>

#include "platform/clock.hpp"

namespace tarn::broker {

class Tick {
 public:
  static constexpr std::chrono::milliseconds kShortest{1};
  static constexpr std::chrono::milliseconds kLongest{50};

  // Whether it is time, while there is something to look at. Each time doubles the pause before the next.
  [[nodiscard]] bool is_due(platform::MonotonicTime now) noexcept {
    if (next_ == platform::kForever) next_ = now + pause_;
    if (now < next_) return false;
    pause_ = std::min(2 * pause_, kLongest);
    next_ = now + pause_;
    return true;
  }
  // Something has happened.
  void hurry(platform::MonotonicTime now) noexcept {
    pause_ = kShortest;
    // Never later than before, or who asks without end would put it off without end.
    if (next_ != platform::kForever) next_ = std::min(next_, now + pause_);
  }
  // There is nothing to look at.
  void rest() noexcept { *this = Tick(); }

  // kForever while it rests.
  [[nodiscard]] platform::MonotonicTime next() const noexcept { return next_; }

 private:
  std::chrono::milliseconds pause_ = kShortest;
  platform::MonotonicTime next_ = platform::kForever;
};

}  // namespace tarn::broker
