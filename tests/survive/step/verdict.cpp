#include "tests/survive/step/verdict.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <stdexcept>

#include "tests/support/watchdog.hpp"

namespace tarn::test::step {

namespace {

constexpr int kDoesNotHold = 1;

// Of the process, for its children to write to.
char* shared_text() {
  static char* const text = static_cast<char*>(::mmap(
      nullptr, Verdict::kTextBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  return text;
}

[[noreturn]] void run_claims(const std::function<void(const Verdict&)>& claims, char* text) {
  // The test's own handlers would print a report.
  for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTERM, SIGINT}) {
    ::signal(number, SIG_DFL);
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::alarm(static_cast<unsigned>(kWatchdog.count()));
  claims(Verdict(text));
  ::_exit(0);
}

}  // namespace

void Verdict::expect(bool holds, const char* format, ...) const {
  if (holds) return;
  char text[kTextBytes];
  std::va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (text_ == nullptr) throw std::runtime_error(text);
  std::snprintf(text_, kTextBytes, "%s", text);
  ::_exit(kDoesNotHold);
}

std::string judge(const std::function<void(const Verdict&)>& claims) {
  char* const text = shared_text();
  text[0] = '\0';
  const pid_t child = ::fork();
  if (child == 0) run_claims(claims, text);
  if (child < 0) throw std::runtime_error("cannot fork a judge");
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw std::runtime_error("a judge is gone");
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  if (WIFEXITED(status) && WEXITSTATUS(status) == kDoesNotHold) return text;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) return "somebody never came to an end";
  return "somebody ended by " + std::string(WIFSIGNALED(status) ? "signal " : "exit code ") +
         std::to_string(WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

}  // namespace tarn::test::step
