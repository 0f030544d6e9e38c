// A thread of the library's own, which its host program does not see: it has a name, and every signal
// is blocked in it, so that handlers run in the program's threads as before. It runs under the default
// policy whatever its maker's is, and has a stack that a program that locks its memory can afford. A
// thread that cannot be had is an error, not an exception. Knows not what it runs. One owner.
#pragma once

#include <pthread.h>

#include <optional>
#include <utility>

#include <tarn/result.hpp>

namespace tarn::platform {

class Thread {
 public:
  Thread() noexcept = default;  // none
  // Requires: joined or forgotten.
  ~Thread();
  Thread(Thread&& other) noexcept : thread_(std::exchange(other.thread_, std::nullopt)) {}
  Thread& operator=(Thread&& other) noexcept {
    std::swap(thread_, other.thread_);
    return *this;
  }

  // Runs body(context), under a name of at most 15 bytes; the kernel cuts longer ones.
  [[nodiscard]] static Result<Thread> start(const char* name, void (*body)(void* context),
                                            void* context);

  // Waits for its end.
  void join() noexcept;
  // In a forked child, where the thread does not exist: there is nothing to wait for.
  void forget() noexcept { thread_.reset(); }

 private:
  explicit Thread(pthread_t thread) noexcept : thread_(thread) {}

  std::optional<pthread_t> thread_;
};

}  // namespace tarn::platform
