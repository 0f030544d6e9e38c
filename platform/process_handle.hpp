// A process that cannot be mistaken for another: a pidfd, which becomes readable when the process
// ends and never means a later process with the same number. Only death is known, not what the
// process does: stopped or slow is alive. One owner; any thread.
#pragma once

#include <cstdint>
#include <utility>

#include <tarn/result.hpp>

#include "platform/file_descriptor.hpp"

namespace tarn::platform {

class ProcessHandle {
 public:
  ProcessHandle() noexcept = default;

  // Errors: ESRCH, there is no such process; ENOSYS, the kernel has no pidfds (before 5.3).
  [[nodiscard]] static Result<ProcessHandle> open(std::int32_t pid);
  // Takes over a pidfd that somebody else obtained.
  [[nodiscard]] static ProcessHandle adopt(FileDescriptor pidfd) noexcept {
    return ProcessHandle(std::move(pidfd));
  }

  // True for zombies too. Does not wait; get() is readable from then on.
  [[nodiscard]] bool is_dead() const noexcept;

  void reset() noexcept { pidfd_.reset(); }

  [[nodiscard]] int get() const noexcept { return pidfd_.get(); }
  [[nodiscard]] bool valid() const noexcept { return pidfd_.valid(); }

 private:
  explicit ProcessHandle(FileDescriptor pidfd) noexcept : pidfd_(std::move(pidfd)) {}

  FileDescriptor pidfd_;
};

// The pidfd alone, with the same errors as ProcessHandle::open.
[[nodiscard]] Result<FileDescriptor> open_pidfd(std::int32_t pid);

// When the process started, in clock ticks since boot: with the pid it names one process for good.
// System with ENOENT or ESRCH when there is no such process.
[[nodiscard]] Result<std::uint64_t> process_start_time(std::int32_t pid);

// How processes are numbered, and since when their time is counted, where this process is: pids and start times
// mean the same to all for whom this is the same, which a container's processes and others are not. 0: not
// known, because /proc is not mounted, or is not of this process's numbers.
[[nodiscard]] std::uint64_t process_numbering() noexcept;

[[nodiscard]] std::int32_t own_pid() noexcept;

}  // namespace tarn::platform
