#include "tests/support/signal_storm.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <stdexcept>

#include "tests/support/watchdog.hpp"

namespace tarn::test {

namespace {

constexpr int kSignal = SIGALRM;

// A handler has no other place to count.
std::atomic<std::uint32_t> handled{0};

void count_signal(int) { handled.fetch_add(1, std::memory_order_relaxed); }

}  // namespace

SignalStorm::SignalStorm(std::chrono::nanoseconds period) {
  handled.store(0, std::memory_order_relaxed);
  struct sigaction action {};
  action.sa_handler = count_signal;
  action.sa_flags = 0;  // no SA_RESTART: every blocking call answers EINTR
  ::sigaction(kSignal, &action, &before_);
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;  // this thread, not whichever the kernel likes
  event.sigev_signo = kSignal;
#ifdef sigev_notify_thread_id
  event.sigev_notify_thread_id = static_cast<pid_t>(::syscall(SYS_gettid));
#else
  event._sigev_un._tid = static_cast<pid_t>(::syscall(SYS_gettid));
#endif
  itimerspec times{};
  times.it_interval.tv_nsec = static_cast<long>(period.count());
  times.it_value = times.it_interval;
  if (::timer_create(CLOCK_MONOTONIC, &event, &timer_) != 0 ||
      ::timer_settime(timer_, 0, &times, nullptr) != 0) {
    throw std::runtime_error("no timer for a signal storm");
  }
}

SignalStorm::~SignalStorm() {
  ::timer_delete(timer_);
  // One that is still pending must find a handler, not the default action.
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(kSignal, &ignore, nullptr);
  ::sigaction(kSignal, &before_, nullptr);
}

bool SignalStorm::shakes(const std::function<void()>& wait) const {
  constexpr std::uint32_t kOften = 10;
  const auto end = std::chrono::steady_clock::now() + kWatchdog;
  do {
    wait();
    if (interruptions() >= kOften) return true;
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

std::uint32_t SignalStorm::interruptions() const { return handled.load(std::memory_order_relaxed); }

}  // namespace tarn::test
