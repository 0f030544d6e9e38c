#include "platform/poll_wait.hpp"

#include <poll.h>

#include <cerrno>

#include "platform/shortage.hpp"
#include "platform/system_call.hpp"
#include "platform/timespec.hpp"

namespace tarn::platform {

namespace {

short poll_events(Interest interest) noexcept {
  switch (interest) {
    case Interest::None:
      return 0;
    case Interest::Readable:
      return POLLIN;
    case Interest::Writable:
      return POLLOUT;
    case Interest::ReadableOrWritable:
      return POLLIN | POLLOUT;
  }
  return 0;
}

}  // namespace

Result<bool> wait_ready(int fd, Interest interest, MonotonicTime deadline) {
  pollfd entry{.fd = fd, .events = poll_events(interest), .revents = 0};
  for (;;) {
    const auto left = remaining(deadline);
    const std::timespec timeout = to_timespec(left);
    const int count = ::ppoll(&entry, 1, deadline == kForever ? nullptr : &timeout, nullptr);
    if (count > 0 && (entry.revents & POLLNVAL) != 0) {
      return Failure(Error::make(Errc::System, EBADF, "cannot wait for fd %d", fd));
    }
    if (count > 0) return true;
    if (count < 0 && is_shortage(errno)) {
      wait_out_shortage();
    } else if (count < 0 && errno != EINTR) {
      const int error = errno;
      return Failure(Error::make(code_of(error), error, "cannot wait for fd %d", fd));
    }
    if (remaining(deadline).count() == 0) return false;
  }
}

bool has_hung_up(int fd) noexcept {
  pollfd entry{.fd = fd, .events = POLLRDHUP, .revents = 0};
  const int count = retry_interrupted([&] { return ::poll(&entry, 1, 0); });
  return count > 0 && (entry.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0;
}

}  // namespace tarn::platform
