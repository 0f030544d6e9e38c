// A program of ours, started by a test: with the arguments, the environment and, where the test runs
// emulated, the emulator that it needs. What it writes goes to files, so that nothing can block it.
// Main thread only.
//
//   ProgramRun list({TARN_PROGRAM, "topic", "list"}, {{"TARN_RUNTIME_DIR", directory.path()}});
//   CHECK(list.join() == kCleanExit);
//   CHECK(list.output() == "imu\n");
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/child_process.hpp"
#include "tests/support/temporary_directory.hpp"

namespace tarn::test {

class ProgramRun {
 public:
  using Environment = std::vector<std::pair<std::string, std::string>>;

  // `command` is the path of the program and its arguments. The environment is added to the test's.
  explicit ProgramRun(const std::vector<std::string>& command, const Environment& environment = {});

  [[nodiscard]] std::int32_t pid() const { return child_.pid(); }
  void kill(int signal) const { child_.kill(signal); }
  ChildEnd join() { return child_.join(); }

  // What it has written so far.
  [[nodiscard]] std::string output() const;
  [[nodiscard]] std::string errors() const;
  // Returns once its output holds `text`; false when that does not come about.
  [[nodiscard]] bool says(const std::string& text) const;

 private:
  TemporaryDirectory directory_;
  ChildProcess child_;
};

}  // namespace tarn::test
