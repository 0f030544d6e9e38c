// A function on a stack of its own, which runs until it leaves and goes on where it left. Dropped
// by starting another function on it: nothing on the stack is destroyed. One thread uses all fibers.
#pragma once

#include <ucontext.h>

#include <cstddef>
#include <functional>
#include <memory>

namespace tarn::model {

class Fiber {
 public:
  Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  void start(const std::function<void()>* body);
  // Runs the body until it leaves or ends. Requires: started and not done.
  void resume();
  // Called by the body.
  void leave();
  [[nodiscard]] bool done() const { return done_; }

 private:
  static void enter();

  std::unique_ptr<std::byte[]> stack_;
  ucontext_t own_{};
  ucontext_t caller_{};
  const std::function<void()>* body_ = nullptr;
  bool done_ = true;
};

}  // namespace tarn::model
