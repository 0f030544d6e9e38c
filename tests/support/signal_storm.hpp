// Interrupts the calling thread's system calls all the time while it lives: a timer signal with a
// handler that has no SA_RESTART. One at a time; made and destroyed by the thread that it interrupts.
//
//   const SignalStorm storm;
//   ... a wait that must not notice ...
//   REQUIRE(storm.interruptions() > 10);
#pragma once

#include <signal.h>
#include <time.h>

#include <cstdint>

namespace tarn::test {

class SignalStorm {
 public:
  SignalStorm();
  ~SignalStorm();
  SignalStorm(const SignalStorm&) = delete;
  SignalStorm& operator=(const SignalStorm&) = delete;

  // How often the handler has run since the storm began.
  [[nodiscard]] std::uint32_t interruptions() const;

 private:
  timer_t timer_{};
  struct sigaction before_ {};
};

}  // namespace tarn::test
