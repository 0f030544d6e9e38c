// Functions that run around every fork of this process: before it, and after it in the parent and in the
// child. Not for vfork, posix_spawn or a bare clone, whose children end in exec or in nothing of ours.
// Any thread.
#pragma once

namespace tarn::platform {

struct ForkHandlers {
  void (*before)() = nullptr;     // in the thread that forks
  void (*in_parent)() = nullptr;  // in the same thread
  void (*in_child)() = nullptr;   // in the child's only thread
};

// For the rest of the process's life. False: there is no memory for them.
[[nodiscard]] bool add_fork_handlers(const ForkHandlers& handlers) noexcept;

}  // namespace tarn::platform
