// Runs several actors in one thread, each on a stack of its own, and changes from one to another at
// random places within their calls: wherever they let it, which is before every access to shared memory
// (the hook of middleware/ring/atomics.h). So all orders of their accesses are possible that a machine
// without reordering could show, the number of processors does not matter, and a seed repeats a run.
#pragma once

#include <ucontext.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "tests/race/crew.hpp"

namespace tarn::test {

class Interleaver {
 public:
  Interleaver(std::vector<Actor> actors, std::uint32_t seed);
  Interleaver(const Interleaver&) = delete;
  Interleaver& operator=(const Interleaver&) = delete;

  // Until all are done. False: all are idle, and would be for ever.
  bool run();

  // Called by an actor: goes on with another one, or not.
  void maybe_switch();

 private:
  struct Fiber {
    Actor actor;
    std::unique_ptr<std::byte[]> stack;
    ucontext_t context{};
    bool done = false;
  };

  static void prepare(Fiber& fiber);
  static void enter();
  void live(Fiber& fiber);
  void leave(Fiber& fiber);

  std::vector<Fiber> fibers_;
  ucontext_t scheduler_{};
  Fiber* running_ = nullptr;
  std::minstd_rand random_;
  std::uint32_t patience_;  // accesses between two changes, about
  std::uint32_t idle_ = 0;  // calls in a row in which nobody had anything to do
};

}  // namespace tarn::test
