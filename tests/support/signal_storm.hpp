// Interrupts the calling thread's system calls all the time while it lives: a timer signal with a
// handler that has no SA_RESTART. One at a time; made and destroyed by the thread that it interrupts.
//
//   const SignalStorm storm;
//   REQUIRE(storm.shakes([&] {
//     const auto deadline = deadline_after(5ms);
//     REQUIRE(futex_wait(&word, 5, deadline) == FutexWait::TimedOut);
//     REQUIRE(monotonic_now() >= deadline);
//   }));
#pragma once

#include <signal.h>
#include <time.h>

#include <chrono>
#include <cstdint>
#include <functional>

namespace tarn::test {

class SignalStorm {
 public:
  static constexpr std::chrono::microseconds kPeriod{300};
  explicit SignalStorm(std::chrono::nanoseconds period = kPeriod);
  ~SignalStorm();
  SignalStorm(const SignalStorm&) = delete;
  SignalStorm& operator=(const SignalStorm&) = delete;

  // Calls `wait` until signals have come often enough to have met it, however busy the machine is.
  // False: the watchdog's limit has passed before that.
  [[nodiscard]] bool shakes(const std::function<void()>& wait) const;

  // How often the handler has run since the storm began.
  [[nodiscard]] std::uint32_t interruptions() const;

 private:
  timer_t timer_{};
  struct sigaction before_ {};
};

}  // namespace tarn::test
