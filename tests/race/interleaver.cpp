#include "tests/race/interleaver.hpp"

#include <algorithm>
#include <utility>

namespace tarn::test {

namespace {

constexpr std::size_t kStackBytes = 256 * 1024;
constexpr std::uint32_t kIdleForEver = 100'000;

// makecontext passes no pointer.
Interleaver* starting = nullptr;

}  // namespace

Interleaver::Interleaver(std::vector<Actor> actors, std::uint32_t seed) : random_(seed) {
  // Some runs change at nearly every access, others let an actor get far.
  constexpr std::uint32_t kPatience[] = {2, 3, 8, 50};
  patience_ = kPatience[random_() % std::size(kPatience)];
  fibers_.resize(actors.size());
  for (std::size_t i = 0; i < actors.size(); ++i) {
    fibers_[i].actor = std::move(actors[i]);
    prepare(fibers_[i]);
  }
}

void Interleaver::prepare(Fiber& fiber) {
  fiber.stack = std::make_unique<std::byte[]>(kStackBytes);
  ::getcontext(&fiber.context);
  fiber.context.uc_stack.ss_sp = fiber.stack.get();
  fiber.context.uc_stack.ss_size = kStackBytes;
  fiber.context.uc_link = nullptr;
  ::makecontext(&fiber.context, &Interleaver::enter, 0);
}

void Interleaver::enter() { starting->live(*starting->running_); }

void Interleaver::live(Fiber& fiber) {
  for (;;) {
    const Act act = fiber.actor();
    idle_ = act == Act::Idle ? idle_ + 1 : 0;
    fiber.done = act == Act::Done;
    if (act != Act::Acted) leave(fiber);
  }
}

void Interleaver::leave(Fiber& fiber) { ::swapcontext(&fiber.context, &scheduler_); }

void Interleaver::maybe_switch() {
  if (running_ != nullptr && random_() % patience_ == 0) leave(*running_);
}

bool Interleaver::run() {
  std::size_t left = fibers_.size();
  while (left > 0 && idle_ < kIdleForEver) {
    Fiber& next = fibers_[random_() % fibers_.size()];
    if (next.done) continue;
    starting = this;
    running_ = &next;
    ::swapcontext(&scheduler_, &next.context);
    running_ = nullptr;
    if (next.done) --left;
  }
  return left == 0;
}

}  // namespace tarn::test
