// Waits for many fds at once (epoll, level-triggered) until a deadline that is exact to the
// nanosecond. It does not own the fds it watches and does not know what they are: each has a token
// of the caller's choice. One thread at a time calls wait(); add, modify and remove may come from
// any thread. An fd must be removed before it is closed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <tarn/result.hpp>

#include "platform/clock.hpp"
#include "platform/file_descriptor.hpp"
#include "platform/poll_wait.hpp"

namespace tarn::platform {

struct PollEvent {
  std::uint64_t token = 0;
  bool readable = false;  // also at the end of the stream
  bool writable = false;
  bool hung_up = false;  // the other end has gone or the fd is in error; reported unasked
};

class Poller {
 public:
  // No fd may have this token.
  static constexpr std::uint64_t kReservedToken = UINT64_MAX;

  [[nodiscard]] static Result<Poller> create();

  [[nodiscard]] Result<void> add(int fd, Interest interest, std::uint64_t token);
  [[nodiscard]] Result<void> modify(int fd, Interest interest, std::uint64_t token);
  [[nodiscard]] Result<void> remove(int fd);

  // Fills `out` from the front and says how many; 0 means that the deadline has passed. What does
  // not fit in `out` comes with the next call. Requires: out is not empty.
  [[nodiscard]] Result<std::size_t> wait(std::span<PollEvent> out, MonotonicTime deadline);

  void reset() noexcept {
    epoll_.reset();
    timer_.reset();
  }

  // Readable while an event is pending, so that a poller can be watched by another event loop.
  [[nodiscard]] int get() const noexcept { return epoll_.get(); }

 private:
  Poller(FileDescriptor epoll, FileDescriptor timer) noexcept
      : epoll_(std::move(epoll)), timer_(std::move(timer)) {}

  Result<void> control(int operation, int fd, Interest interest, std::uint64_t token);
  Result<std::size_t> collect(std::span<PollEvent> out, bool sleep);
  // epoll_wait counts milliseconds, and epoll_pwait2 is missing in old kernels and emulators: so
  // deadlines are kept by a timer in the same epoll, armed only around a sleep that has one.
  Result<void> set_timer(MonotonicTime deadline);

  FileDescriptor epoll_;
  FileDescriptor timer_;
};

}  // namespace tarn::platform
