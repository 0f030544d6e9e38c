#include "tests/support/stepper.hpp"

#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "tests/support/skip.hpp"

// Where the linker says that the program begins.
extern "C" const char __executable_start;  // NOLINT(readability-identifier-naming)

namespace tarn::test {

namespace {

[[noreturn]] void run_stepped(const std::function<void()>& body) {
  // The test's own handlers would print a report.
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(2);
  ::raise(SIGSTOP);
  body();
  ::_exit(0);
}

}  // namespace

Stepper::Stepper(const std::function<void()>& body) {
  std::fflush(nullptr);  // or the child could print what waits in our buffers a second time
  child_ = ::fork();
  if (child_ == 0) run_stepped(body);
  if (child_ < 0) throw std::runtime_error("cannot fork a child to step through");
  wait_for_stop();
  if (!problem_.empty() || ended_) {
    throw std::runtime_error("cannot step through a child: " + problem_);
  }
}

Stepper::~Stepper() {
  if (ended_) return;
  ::kill(child_, SIGKILL);
  int status = 0;
  while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
  }
}

bool Stepper::step() {
  if (ended_ || !problem_.empty()) return false;
  if (++steps_ > kMostSteps) {
    problem_ = "it does not come to an end";
    return false;
  }
  if (::ptrace(PTRACE_SINGLESTEP, child_, nullptr, nullptr) != 0) {
    problem_ = std::string("no single steps: ") + std::strerror(errno);
    return false;
  }
  return wait_for_stop();
}

bool Stepper::wait_for_stop() {
  int status = 0;
  while (::waitpid(child_, &status, 0) < 0) {
    if (errno != EINTR) throw std::runtime_error("the child to step through is gone");
  }
  if (WIFSTOPPED(status)) {
    const int signal = WSTOPSIG(status);
    if (signal == SIGTRAP || (signal == SIGSTOP && steps_ == 0)) return true;
    problem_ = "it was stopped by signal " + std::to_string(signal);
    return false;
  }
  ended_ = true;
  if (WIFSIGNALED(status)) {
    problem_ = "it was killed by signal " + std::to_string(WTERMSIG(status));
  } else if (WEXITSTATUS(status) != 0) {
    problem_ = "it ended with exit code " + std::to_string(WEXITSTATUS(status));
  }
  return false;
}

std::uint64_t Stepper::place() const {
#if defined(__x86_64__)
  user_regs_struct registers{};
  if (::ptrace(PTRACE_GETREGS, child_, nullptr, &registers) != 0) return 0;
  return registers.rip - reinterpret_cast<std::uintptr_t>(&__executable_start);
#else
  return 0;
#endif
}

std::string why_no_steps() {
  if (is_emulated()) return "an emulator has no ptrace";
  try {
    Stepper stepper([] {});
    if (stepper.step() || stepper.problem().empty()) return {};
    return stepper.problem();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

}  // namespace tarn::test
