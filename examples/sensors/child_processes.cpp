#include "examples/sensors/child_processes.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace sensors {

namespace {

constexpr int kCannotExecute = 127;

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// Pointers as execve() takes them; they live as long as the words do.
std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> environment_with(const std::vector<std::string>& additions) {
  std::vector<std::string> all = additions;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string existing = *entry;
    const std::string name = existing.substr(0, existing.find('=') + 1);
    const bool replaced = std::any_of(additions.begin(), additions.end(),
                                      [&](const auto& one) { return one.starts_with(name); });
    if (!replaced) all.push_back(existing);
  }
  return all;
}

void say(const char* text) {
  if (::write(STDERR_FILENO, text, ::strlen(text)) < 0) ::_exit(kCannotExecute);
}

// Between fork() and the new program: async-signal-safe calls only.
[[noreturn]] void become(char* const* words, char* const* environment, int output, pid_t parent) {
  // A group of its own, so that Ctrl-C reaches the parent alone, which ends its children in order.
  ::setpgid(0, 0);
  // posix_spawn() has no way to ask for this, hence fork().
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(kCannotExecute);  // it died before the line above
  ::dup2(::open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execve(words[0], words, environment);
  say(words[0]);
  say(": cannot be executed\n");
  ::_exit(kCannotExecute);
}

}  // namespace

ChildProcesses::~ChildProcesses() {
  for (Child& child : children_) {
    if (!child.collected) {
      ::kill(child.pid, SIGKILL);
      while (::waitpid(child.pid, &child.status, 0) < 0 && errno == EINTR) {
      }
    }
    if (child.output >= 0) ::close(child.output);
  }
}

std::size_t ChildProcesses::start(const ChildCommand& command) {
  // Everything that allocates comes before fork().
  auto words = command.words;
  auto environment = environment_with(command.environment);
  const auto word_pointers = pointers_to(words);
  const auto environment_pointers = pointers_to(environment);
  Child child;
  child.name = command.name;
  children_.reserve(children_.size() + 1);

  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("cannot make a pipe for " + command.name);
  child.output = ends[0];
  const pid_t parent = ::getpid();
  child.pid = ::fork();
  if (child.pid == 0) become(word_pointers.data(), environment_pointers.data(), ends[1], parent);
  ::close(ends[1]);
  if (child.pid < 0) {
    ::close(ends[0]);
    fail("cannot start " + command.name);
  }
  children_.push_back(std::move(child));
  return children_.size() - 1;
}

std::optional<ChildEvent> ChildProcesses::next_event(
    std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    if (auto event = event_at_hand()) return event;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return std::nullopt;

    std::vector<pollfd> entries;
    std::vector<Child*> readers;
    for (Child& child : children_) {
      if (child.output < 0) continue;
      entries.push_back({.fd = child.output, .events = POLLIN, .revents = 0});
      readers.push_back(&child);
    }
    // A child that has closed its output may take a moment to end; only that needs the look around.
    constexpr std::chrono::milliseconds kLookAround{20};
    const int ready = ::poll(entries.data(), entries.size(),
                             static_cast<int>(std::min(left, kLookAround).count()));
    if (ready < 0) return std::nullopt;  // a signal; the caller knows what it means
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (entries[i].revents != 0) read_output(*readers[i]);
    }
  }
}

std::optional<ChildEvent> ChildProcesses::event_at_hand() {
  for (std::size_t i = 0; i < children_.size(); ++i) {
    Child& child = children_[i];
    if (const auto newline = child.unread.find('\n'); newline != std::string::npos) {
      ChildEvent event{.child = i, .line = child.unread.substr(0, newline)};
      child.unread.erase(0, newline + 1);
      return event;
    }
    if (child.output >= 0 || child.ended) continue;
    if (!child.collected) {
      child.collected = ::waitpid(child.pid, &child.status, WNOHANG) == child.pid;
    }
    if (!child.collected) continue;
    child.ended = true;
    return ChildEvent{.child = i, .line = std::nullopt};
  }
  return std::nullopt;
}

void ChildProcesses::read_output(Child& child) const {
  std::array<char, 4096> buffer;
  const auto count = ::read(child.output, buffer.data(), buffer.size());
  if (count > 0) {
    child.unread.append(buffer.data(), static_cast<std::size_t>(count));
    return;
  }
  if (count < 0 && errno == EINTR) return;
  ::close(child.output);
  child.output = -1;
  if (!child.unread.empty()) child.unread += '\n';  // its last line had no end
}

void ChildProcesses::ask_to_end(std::size_t child) const { signal(child, SIGTERM); }
void ChildProcesses::interrupt(std::size_t child) const { signal(child, SIGINT); }
void ChildProcesses::kill(std::size_t child) const { signal(child, SIGKILL); }

void ChildProcesses::signal(std::size_t child, int number) const {
  // Once it is collected, its pid may be another process's.
  if (!children_[child].collected) ::kill(children_[child].pid, number);
}

bool ChildProcesses::ended_well(std::size_t child) const {
  return children_[child].ended && WIFEXITED(children_[child].status) &&
         WEXITSTATUS(children_[child].status) == 0;
}

std::string ChildProcesses::how_it_ended(std::size_t child) const {
  const int status = children_[child].status;
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    return "killed by signal " + std::to_string(number) + " (" + ::strsignal(number) + ")";
  }
  return "exit code " + std::to_string(WEXITSTATUS(status));
}

bool stdout_is_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

}  // namespace sensors
