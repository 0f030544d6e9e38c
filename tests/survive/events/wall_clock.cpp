#include "tests/survive/events/wall_clock.hpp"

#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <ctime>
#include <stdexcept>

namespace tarn::test {

namespace {

// What the functions below go by; they are called with nothing else to find it.
std::atomic<const SharedWord*> ahead{nullptr};
std::atomic<SharedWord*> asked{nullptr};
std::atomic<pid_t> owner{0};

bool is_of_the_wall(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

// Only the children are the product's processes; the test's own asks for the time to print it.
void note_asked(clockid_t clock) {
  if (!is_of_the_wall(clock) && clock != CLOCK_BOOTTIME) return;
  SharedWord* const count = asked;
  if (count != nullptr && ::getpid() != owner) count->store(count->load() + 1);
}

std::int64_t seconds_ahead() {
  const SharedWord* const word = ahead;
  return word == nullptr ? 0 : static_cast<std::int64_t>(word->load());
}

int read_clock(clockid_t clock, timespec* time) {
  // The kernel's clocks by the call of old, which every machine has that has 64-bit seconds.
  const auto result = static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
  if (result == 0 && is_of_the_wall(clock)) time->tv_sec += seconds_ahead();
  note_asked(clock);
  return result;
}

}  // namespace

WallClock::WallClock() {
  owner = ::getpid();
  asked = &asked_;
  ahead = &ahead_;
}

WallClock::~WallClock() {
  ahead = nullptr;
  asked = nullptr;
}

void WallClock::set_ahead(std::chrono::seconds by) {
  ahead_.store(static_cast<std::uint64_t>(by.count()));
}

void WallClock::set_to(std::int64_t seconds) {
  timespec now{};
  ::syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
  set_ahead(std::chrono::seconds(seconds - now.tv_sec));
}

}  // namespace tarn::test

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  return tarn::test::read_clock(clock, time);
}

int gettimeofday(timeval* time, void*) noexcept {
  timespec now{};
  const int result = tarn::test::read_clock(CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return result;
}

time_t time(time_t* seconds) noexcept {
  timespec now{};
  tarn::test::read_clock(CLOCK_REALTIME, &now);
  if (seconds != nullptr) *seconds = now.tv_sec;
  return now.tv_sec;
}

int timespec_get(timespec* time, int base) noexcept {
  tarn::test::read_clock(CLOCK_REALTIME, time);
  return base;
}

}  // extern "C"
