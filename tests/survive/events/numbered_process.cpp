#include "tests/survive/events/numbered_process.hpp"

#include <linux/sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace tarn::test {

namespace {

// As fork, with the child's number; -1 and errno as clone3 says.
pid_t fork_as(pid_t number) {
  clone_args arguments{};
  arguments.exit_signal = SIGCHLD;
  arguments.set_tid = reinterpret_cast<std::uintptr_t>(&number);
  arguments.set_tid_size = 1;
  return static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof arguments));
}

void collect(pid_t pid) {
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

NumberedProcess::NumberedProcess(std::int32_t number, const std::function<void()>& body)
    : pid_(fork_as(number)) {
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "clone3 with a pid");
  if (pid_ > 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  body();
  ::_exit(0);
}

NumberedProcess::~NumberedProcess() {
  ::kill(pid_, SIGKILL);
  collect(pid_);
}

bool may_choose_process_numbers() {
  const pid_t first = ::fork();
  if (first == 0) ::_exit(0);
  collect(first);
  const pid_t again = fork_as(first);
  if (again == 0) ::_exit(0);
  if (again < 0) return false;
  collect(again);
  return true;
}

}  // namespace tarn::test
