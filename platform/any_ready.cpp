#include "platform/any_ready.hpp"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <span>

#include "platform/system_call.hpp"

namespace tarn::platform {

namespace {

// As many as there are bits could be watched; what does not fit comes with the next look.
constexpr std::size_t kEventsPerLook = 8;

Failure any_ready_failure(int error, const char* what) {
  return Failure(Error::make(code_of(error), error, "cannot %s", what));
}

std::uint32_t events_for(Interest interest) noexcept {
  const auto bits = static_cast<unsigned>(interest);
  std::uint32_t events = 0;
  if ((bits & static_cast<unsigned>(Interest::Readable)) != 0) events |= EPOLLIN;
  if ((bits & static_cast<unsigned>(Interest::Writable)) != 0) events |= EPOLLOUT;
  return events;
}

}  // namespace

Result<AnyReady> AnyReady::create() {
  FileDescriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return any_ready_failure(errno, "create an epoll fd");
  return AnyReady(std::move(epoll));
}

Result<void> AnyReady::add(int fd, Interest interest, std::uint32_t bit) {
  epoll_event event{};
  event.events = events_for(interest);
  event.data.u32 = bit;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0) return {};
  return any_ready_failure(errno, "watch an fd");
}

void AnyReady::remove(int fd) noexcept {
  const int saved_errno = errno;
  epoll_event ignored{};
  (void)::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, &ignored);
  errno = saved_errno;
}

std::uint32_t AnyReady::look() const noexcept {
  std::array<epoll_event, kEventsPerLook> events{};
  const int count = retry_interrupted([&] {
    return ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
  });
  std::uint32_t bits = 0;
  for (int i = 0; i < count; ++i) bits |= events[static_cast<std::size_t>(i)].data.u32;
  return bits;
}

}  // namespace tarn::platform
