// Running the examples as programs: where they are, a domain of their own, what they print and how
// they end. Throws std::runtime_error where a program does not do what was waited for within the
// watchdog's time. One thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "examples/sensors/child_processes.hpp"
#include "tests/support/temporary_directory.hpp"

namespace tarn::test {

// The path of an example ("01_publish", "sensors/fusion").
[[nodiscard]] std::string program_path(const std::string& name);

// The children of a test case, in a domain of their own.
class Programs {
 public:
  // Of the configuration that these read; empty: that of the numbered examples.
  explicit Programs(std::string configuration = {});

  // In the order of their start; the first that opens a node is the broker.
  std::size_t start(const std::string& name, const std::vector<std::string>& arguments = {});

  // Waits for a line of this child that holds `text`, and returns it; lines before it are kept, too.
  std::string wait_for_line(std::size_t child, const std::string& text);
  // Waits until it ends; true for exit code 0.
  bool ends_well(std::size_t child);
  // "exit code 1" and the like; waits until it ends.
  std::string how_it_ends(std::size_t child);

  void ask_to_end(std::size_t child) { children_.ask_to_end(child); }
  void interrupt(std::size_t child) { children_.interrupt(child); }
  void kill(std::size_t child) { children_.kill(child); }

  // Everything that it printed so far.
  [[nodiscard]] const std::vector<std::string>& lines(std::size_t child) const {
    return lines_[child];
  }
  // One text, for messages.
  [[nodiscard]] std::string output(std::size_t child) const;
  [[nodiscard]] const std::string& runtime_directory() const { return directory_.path(); }

 private:
  void hear_until(const std::function<bool()>& condition, const std::string& what);

  std::string configuration_;
  TemporaryDirectory directory_;
  sensors::ChildProcesses children_;
  std::vector<std::vector<std::string>> lines_;  // by child
};

}  // namespace tarn::test
