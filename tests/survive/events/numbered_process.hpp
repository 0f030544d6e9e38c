// A process with a number of the test's choice, as the kernel gives it to a later process once its numbers
// have come round: the child runs a function and is killed with the object. Needs the right to choose
// (CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE). Main thread of a test that has no other threads: the child is
// forked past the C library.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

namespace tarn::test {

class NumberedProcess {
 public:
  // Requires: no process has the number any more. Throws std::system_error; EPERM: not permitted.
  NumberedProcess(std::int32_t number, const std::function<void()>& body);
  ~NumberedProcess();
  NumberedProcess(const NumberedProcess&) = delete;
  NumberedProcess& operator=(const NumberedProcess&) = delete;

 private:
  std::int32_t pid_;
};

// Whether this process may choose, found out by doing it.
[[nodiscard]] bool may_choose_process_numbers();

}  // namespace tarn::test
