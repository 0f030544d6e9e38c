#include "platform/poller.hpp"

#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include <tarn/detail/assert.hpp>

#include "platform/system_call.hpp"
#include "platform/timespec.hpp"

namespace tarn::platform {

namespace {

std::uint32_t epoll_events(Interest interest) noexcept {
  const auto bits = static_cast<unsigned>(interest);
  std::uint32_t events = 0;
  if ((bits & static_cast<unsigned>(Interest::Readable)) != 0) events |= EPOLLIN | EPOLLRDHUP;
  if ((bits & static_cast<unsigned>(Interest::Writable)) != 0) events |= EPOLLOUT;
  return events;
}

PollEvent poll_event(const epoll_event& event) noexcept {
  return {.token = event.data.u64,
          .readable = (event.events & (EPOLLIN | EPOLLRDHUP)) != 0,
          .writable = (event.events & EPOLLOUT) != 0,
          .hung_up = (event.events & (EPOLLHUP | EPOLLRDHUP | EPOLLERR)) != 0};
}

Failure poller_failure(int error, const char* what) {
  return Failure(Error::make(code_of(error), error, "cannot %s", what));
}

}  // namespace

Result<Poller> Poller::create() {
  FileDescriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return poller_failure(errno, "create an epoll fd");
  FileDescriptor timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer) return poller_failure(errno, "create a timer fd");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kReservedToken;
  if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, timer.get(), &event) != 0) {
    return poller_failure(errno, "watch a timer fd");
  }
  return Poller(std::move(epoll), std::move(timer));
}

Result<void> Poller::control(int operation, int fd, Interest interest, std::uint64_t token) {
  TARN_ASSERT(token != kReservedToken);
  epoll_event event{};
  event.events = epoll_events(interest);
  event.data.u64 = token;
  if (::epoll_ctl(epoll_.get(), operation, fd, &event) == 0) return {};
  const int error = errno;
  return Failure(Error::make(code_of(error), error, "cannot change how fd %d is watched", fd));
}

Result<void> Poller::add(int fd, Interest interest, std::uint64_t token) {
  return control(EPOLL_CTL_ADD, fd, interest, token);
}

Result<void> Poller::modify(int fd, Interest interest, std::uint64_t token) {
  return control(EPOLL_CTL_MOD, fd, interest, token);
}

Result<void> Poller::remove(int fd) { return control(EPOLL_CTL_DEL, fd, Interest::None, 0); }

Result<std::size_t> Poller::collect(std::span<PollEvent> out, bool sleep) {
  // Never more than fits: the kernel puts what it has told at the end of its list, so an event that
  // we dropped would come after all others.
  std::array<epoll_event, 64> events;
  const auto most = static_cast<int>(std::min(out.size(), events.size()));
  const int count = retry_interrupted(
      [&] { return ::epoll_wait(epoll_.get(), events.data(), most, sleep ? -1 : 0); });
  if (count < 0) return poller_failure(errno, "wait for events");
  std::size_t filled = 0;
  for (const auto& event : std::span(events).first(static_cast<std::size_t>(count))) {
    if (event.data.u64 != kReservedToken) out[filled++] = poll_event(event);
  }
  return filled;
}

Result<void> Poller::set_timer(MonotonicTime deadline) {
  itimerspec setting{};  // all zero: disarmed
  if (deadline != kForever) setting.it_value = to_timespec(deadline.time_since_epoch());
  if (::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &setting, nullptr) == 0) return {};
  return poller_failure(errno, "set a timer");
}

Result<std::size_t> Poller::wait(std::span<PollEvent> out, MonotonicTime deadline) {
  TARN_ASSERT(!out.empty());
  auto count = collect(out, false);
  if (!count || *count > 0 || remaining(deadline).count() == 0) return count;
  if (deadline == kForever) return collect(out, true);
  if (auto armed = set_timer(deadline); !armed) return Failure(armed.error());
  do {
    count = collect(out, true);
  } while (count && *count == 0 && remaining(deadline).count() > 0);
  // Whoever watches get() must not see our timer.
  if (auto disarmed = set_timer(kForever); !disarmed) return Failure(disarmed.error());
  return count;
}

}  // namespace tarn::platform
