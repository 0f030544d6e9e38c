// Starts programs, hears what they print, and ends them by their process ids. This is the one place of
// the examples that calls the operating system; users of tarn need nothing of it. Whoever owns a
// ChildProcesses is their parent: when it dies, whatever way, the kernel asks the children to end.
//
// Single-threaded: children are forked. Errors are std::system_error.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace sensors {

struct ChildCommand {
  std::string name;                      // for people
  std::vector<std::string> words;        // the program's path and its arguments
  std::vector<std::string> environment;  // "NAME=value", on top of ours
};

// Something a child did.
struct ChildEvent {
  std::size_t child = 0;
  std::optional<std::string> line;  // it printed this on stdout or stderr; nothing: it has ended
};

class ChildProcesses {
 public:
  ChildProcesses() = default;
  // Kills those that still run and waits for their end.
  ~ChildProcesses();
  ChildProcesses(const ChildProcesses&) = delete;
  ChildProcesses& operator=(const ChildProcesses&) = delete;

  // The children's numbers count from 0.
  std::size_t start(const ChildCommand& command);

  // What happens next; nothing when the deadline passes or a signal arrives. Each child's end comes
  // once, after its last line.
  [[nodiscard]] std::optional<ChildEvent> next_event(
      std::chrono::steady_clock::time_point deadline);

  void ask_to_end(std::size_t child) const;  // SIGTERM
  void interrupt(std::size_t child) const;   // SIGINT, as Ctrl-C does
  void kill(std::size_t child) const;        // SIGKILL

  [[nodiscard]] const std::string& name(std::size_t child) const { return children_[child].name; }
  [[nodiscard]] int pid(std::size_t child) const { return children_[child].pid; }
  [[nodiscard]] bool has_ended(std::size_t child) const { return children_[child].ended; }
  [[nodiscard]] bool ended_well(std::size_t child) const;
  // "exit code 3", "killed by signal 9 (Killed)"; for a child that has ended.
  [[nodiscard]] std::string how_it_ended(std::size_t child) const;

 private:
  struct Child {
    std::string name;
    int pid = -1;
    int output = -1;  // our end of its stdout and stderr; -1 once it is closed
    std::string unread;
    bool collected = false;  // waitpid() has its status
    bool ended = false;      // and next_event() has said so
    int status = 0;
  };
  std::optional<ChildEvent> event_at_hand();
  void read_output(Child& child) const;
  void signal(std::size_t child, int number) const;

  std::vector<Child> children_;
};

// Whether a person watches.
[[nodiscard]] bool stdout_is_terminal();

}  // namespace sensors
