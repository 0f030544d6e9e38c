// An fd that becomes readable at a point in time: for event loops that are not ours. It knows nothing of
// what is due then. One owner, one thread.
#pragma once

#include <utility>

#include <tarn/result.hpp>

#include "platform/clock.hpp"
#include "platform/file_descriptor.hpp"

namespace tarn::platform {

class TimerDescriptor {
 public:
  [[nodiscard]] static Result<TimerDescriptor> create();

  // Readable from `when` on, and not before, whatever it was set to; kForever: never. One system call.
  void set(MonotonicTime when) const noexcept;

  [[nodiscard]] int get() const noexcept { return timer_.get(); }

 private:
  explicit TimerDescriptor(FileDescriptor timer) noexcept : timer_(std::move(timer)) {}

  FileDescriptor timer_;
};

}  // namespace tarn::platform
