// Wakes a thread that waits for fds, from another thread or from a signal handler: an eventfd. It
// carries no message; say first what happened, then signal(). Any thread may signal, the waiting
// thread drains.
#pragma once

#include <utility>

#include <tarn/result.hpp>

#include "platform/file_descriptor.hpp"

namespace tarn::platform {

class Wakeup {
 public:
  [[nodiscard]] static Result<Wakeup> create();

  // Makes get() readable until drain(). Async-signal-safe; leaves errno alone; cannot fail.
  void signal() const noexcept;
  // Makes get() unreadable again. True: there had been a signal since the last drain.
  bool drain() const noexcept;

  void reset() noexcept { event_.reset(); }

  [[nodiscard]] int get() const noexcept { return event_.get(); }

 private:
  explicit Wakeup(FileDescriptor event) noexcept : event_(std::move(event)) {}

  FileDescriptor event_;
};

}  // namespace tarn::platform
