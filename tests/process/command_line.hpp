// A place where the programs of tarn are started from the outside, as a user does: a runtime directory of
// its own, which goes with the object. Main thread of the test.
#pragma once

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/support/must.hpp"
#include "tests/support/program_run.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/watchdog.hpp"

namespace tarn::test {

inline constexpr ChildEnd kNothingFound{.exit_code = 1};
inline constexpr ChildEnd kUsage{.exit_code = 2};
inline constexpr ChildEnd kRoleTaken{.exit_code = 3};
inline constexpr ChildEnd kNoBroker{.exit_code = 4};
inline constexpr ChildEnd kTimedOut{.exit_code = 124};

inline constexpr const char* kReady = "tarn-broker ready at ";

[[nodiscard]] inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// A runtime directory of its own, as TARN_RUNTIME_DIR names one.
class Place {
 public:
  [[nodiscard]] ProgramRun tarn(std::vector<std::string> arguments,
                                ProgramRun::Environment environment = {}) const {
    arguments.insert(arguments.begin(), TARN_PROGRAM);
    environment.insert(environment.end(), {{"TARN_RUNTIME_DIR", path()}, {"TARN_CONFIG", ""}});
    return ProgramRun(arguments, environment);
  }
  [[nodiscard]] std::string path() const { return directory_.file("run"); }
  [[nodiscard]] std::string domain_path(const std::string& domain = "default") const {
    return path() + "/" + domain;
  }
  [[nodiscard]] Node open(const std::string& name) const {
    return must(
        Node::open({.name = name, .runtime_directory = domain_path(), .timeout = kWatchdog}));
  }
  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_.file(name)) << text;
    return directory_.file(name);
  }

 private:
  TemporaryDirectory directory_;
};

}  // namespace tarn::test
