// One fd that is readable while one of a few others is, for event loops that are not ours: an epoll fd.
// It does not own the others, knows them by a bit of the caller's choice, and waits for nothing; whoever
// watches it does. add() and remove() may come from any thread. An fd must be removed before it is
// closed, and by the process that added it: a forked child shares the list with its parent.
#pragma once

#include <cstdint>
#include <utility>

#include <tarn/result.hpp>

#include "platform/file_descriptor.hpp"
#include "platform/poll_wait.hpp"

namespace tarn::platform {

class AnyReady {
 public:
  [[nodiscard]] static Result<AnyReady> create();

  // Interest::None: only when it hangs up.
  [[nodiscard]] Result<void> add(int fd, Interest interest, std::uint32_t bit);
  // Nothing to do for one that was not added.
  void remove(int fd) noexcept;

  // The bits of those that are ready now. One system call, which does not wait.
  [[nodiscard]] std::uint32_t look() const noexcept;

  [[nodiscard]] int get() const noexcept { return epoll_.get(); }

 private:
  explicit AnyReady(FileDescriptor epoll) noexcept : epoll_(std::move(epoll)) {}

  FileDescriptor epoll_;
};

}  // namespace tarn::platform
