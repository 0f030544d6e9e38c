#include "tests/support/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <ostream>
#include <stdexcept>
#include <utility>

#include "platform/process_handle.hpp"

namespace tarn::test {

namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> fds{};
    if (::pipe2(fds.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe for a child");
    read_end = fds[0];
    write_end = fds[1];
  }
  int read_end;
  int write_end;
};

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) ::_exit(kCheckFailed);  // nobody is left to tell
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

// The test program's handlers would speak in the parent's name.
void become_a_plain_process(pid_t parent) {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  ::signal(SIGPIPE, SIG_IGN);  // a report to a dead parent ends in write_all
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0,
          0);  // for CallTracer, whose process is a sibling
  if (::getppid() != parent) ::_exit(kCheckFailed);
}

[[noreturn]] void run_child(const std::function<void(Parent&)>& body, Parent parent) {
  try {
    body(parent);
  } catch (const std::exception& error) {
    parent.check(false, error.what());
  }
  ::_exit(0);
}

}  // namespace

void Parent::report(std::string_view line) { write_all(report_fd_, std::string(line) + "\n"); }

void Parent::wait_for_go() {
  char word = 0;
  for (;;) {
    const auto count = ::read(go_fd_, &word, 1);
    if (count == 1) return;
    if (count == 0 || errno != EINTR) ::_exit(kCheckFailed);
  }
}

void Parent::check(bool holds, std::string_view claim) {
  if (holds) return;
  // One write, so that the lines of several children do not mix.
  write_all(STDERR_FILENO, "in a child process, not so: " + std::string(claim) + "\n");
  ::_exit(kCheckFailed);
}

std::string describe(const ChildEnd& end) {
  if (end.signal != 0) return "killed by signal " + std::to_string(end.signal);
  return "exit code " + std::to_string(end.exit_code);
}

std::ostream& operator<<(std::ostream& out, const ChildEnd& end) { return out << describe(end); }

ChildProcess ChildProcess::start(const std::function<void(Parent&)>& body) {
  const Pipe reports;
  const Pipe words;
  std::fflush(nullptr);  // or the child could print what waits in our buffers a second time
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    become_a_plain_process(parent);
    ::close(reports.read_end);
    ::close(words.write_end);
    run_child(body, Parent(reports.write_end, words.read_end));
  }
  ::close(reports.write_end);
  ::close(words.read_end);
  ChildProcess child(pid, reports.read_end, words.write_end);
  if (pid > 0) return child;
  child.collected_ = true;
  throw std::runtime_error("cannot fork a child");
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(other.pid_),
      report_fd_(std::exchange(other.report_fd_, -1)),
      go_fd_(std::exchange(other.go_fd_, -1)),
      collected_(std::exchange(other.collected_, true)),
      end_(other.end_),
      unread_(std::move(other.unread_)) {}

ChildProcess::~ChildProcess() {
  if (!collected_) {
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  close_pipes();
}

void ChildProcess::close_pipes() {
  if (report_fd_ >= 0) ::close(std::exchange(report_fd_, -1));
  if (go_fd_ >= 0) ::close(std::exchange(go_fd_, -1));
}

std::uint64_t ChildProcess::start_time() const {
  const auto time = platform::process_start_time(pid_);
  if (!time) throw std::runtime_error(time.error().message());
  return *time;
}

std::string ChildProcess::next_report(std::chrono::nanoseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  for (;;) {
    if (const auto newline = unread_.find('\n'); newline != std::string::npos) {
      std::string line = unread_.substr(0, newline);
      unread_.erase(0, newline + 1);
      return line;
    }
    pollfd entry{.fd = report_fd_, .events = POLLIN, .revents = 0};
    constexpr int kStepMilliseconds = 100;
    const int ready = ::poll(&entry, 1, kStepMilliseconds);
    if (ready > 0) {
      std::array<char, 512> buffer;
      const auto count = ::read(report_fd_, buffer.data(), buffer.size());
      if (count == 0) throw std::runtime_error("the child ended without a further report");
      if (count > 0) unread_.append(buffer.data(), static_cast<std::size_t>(count));
    } else if (std::chrono::steady_clock::now() >= end) {
      throw std::runtime_error("the child reports nothing");
    }
  }
}

void ChildProcess::go() {
  const char word = 'g';
  while (::write(go_fd_, &word, 1) < 0 && errno == EINTR) {
  }
}

void ChildProcess::kill(int signal) const { ::kill(pid_, signal); }

bool ChildProcess::try_collect() {
  if (collected_) return true;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return false;
  collected_ = true;
  end_ = WIFSIGNALED(status) ? killed_by(WTERMSIG(status))
                             : ChildEnd{.exit_code = WEXITSTATUS(status)};
  return true;
}

ChildEnd ChildProcess::join(std::chrono::nanoseconds limit) {
  if (wait_until([this] { return try_collect(); }, limit)) {
    close_pipes();
    return end_;
  }
  ::kill(pid_, SIGKILL);
  throw std::runtime_error("the child does not end");
}

}  // namespace tarn::test
