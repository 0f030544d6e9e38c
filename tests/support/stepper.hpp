// Runs a function in a forked child, one machine instruction at a time (ptrace). Between two steps the child
// stands still, so its parent may look at whatever memory they share: what is there then is what would be
// there for ever, had the child been killed. Knows nothing of what the function does. Main thread; the
// child has one thread.
//
//   Stepper stepper([&] { publisher.publish(...); });
//   while (stepper.step()) look_at_the_pool();
//   REQUIRE(stepper.problem().empty());
//
// Where a store is the second half of a pair that a stop between them breaks (exclusive loads and stores of
// ARM), the child never gets on; it is given up after kMostSteps.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>

namespace tarn::test {

class Stepper {
 public:
  static constexpr std::uint64_t kMostSteps = 20'000'000;

  // The child stands before the first instruction of `body`. It leaves by _exit when that returns. Throws
  // std::runtime_error when there can be no child.
  explicit Stepper(const std::function<void()>& body);
  ~Stepper();
  Stepper(const Stepper&) = delete;
  Stepper& operator=(const Stepper&) = delete;

  // One instruction, or the rest of a system call. False: the child has ended, or problem() says why it
  // cannot go on.
  bool step();

  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  // Of the instruction that comes next, counted from where the program was loaded: what addr2line wants.
  // 0 where it cannot be told.
  [[nodiscard]] std::uint64_t place() const;
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  bool wait_for_stop();

  pid_t child_ = -1;
  bool ended_ = false;
  std::uint64_t steps_ = 0;
  std::string problem_;
};

// Why this machine cannot do it, or nothing: an emulator or a guarded kernel has no ptrace, 32-bit ARM no
// single steps.
[[nodiscard]] std::string why_no_steps();

}  // namespace tarn::test
