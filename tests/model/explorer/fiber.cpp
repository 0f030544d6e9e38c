#include "tests/model/explorer/fiber.hpp"

namespace tarn::model {

namespace {

constexpr std::size_t kStackBytes = 128 * 1024;

// makecontext passes no pointer.
Fiber* entering = nullptr;

}  // namespace

Fiber::Fiber() : stack_(std::make_unique<std::byte[]>(kStackBytes)) {}

void Fiber::start(const std::function<void()>* body) {
  body_ = body;
  done_ = false;
  ::getcontext(&own_);
  own_.uc_stack.ss_sp = stack_.get();
  own_.uc_stack.ss_size = kStackBytes;
  own_.uc_link = nullptr;
  ::makecontext(&own_, &Fiber::enter, 0);
}

void Fiber::enter() {
  Fiber& fiber = *entering;
  (*fiber.body_)();
  fiber.done_ = true;
  fiber.leave();  // for good
}

void Fiber::resume() {
  entering = this;
  ::swapcontext(&caller_, &own_);
}

void Fiber::leave() { ::swapcontext(&own_, &caller_); }

}  // namespace tarn::model
