// A domain without a daemon, for one test: a directory on tmpfs in which nodes bring their own broker.
// Nothing of it outlives the object. Main thread of the test, and its children.
#pragma once

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include <tarn/tarn.hpp>

#include "tests/support/child_process.hpp"
#include "tests/support/domain/lost_wakeups.hpp"
#include "tests/support/must.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/watchdog.hpp"

namespace tarn::test {

class HostDomain {
 public:
  using Files = std::set<std::string>;

  HostDomain() = default;
  ~HostDomain() { note_lost_wakeups(path()); }

  [[nodiscard]] std::string path() const { return directory_.path(); }
  [[nodiscard]] NodeOptions node(const std::string& name) const {
    return {.name = name, .runtime_directory = path(), .timeout = kWatchdog};
  }
  [[nodiscard]] Node open(const std::string& name) const { return must(Node::open(node(name))); }

  // What lies in the directory.
  [[nodiscard]] Files files() const {
    Files found;
    for (const auto& entry : std::filesystem::directory_iterator(path())) {
      found.insert(entry.path().filename());
    }
    return found;
  }

 private:
  TemporaryDirectory directory_;
};

// Brokers that this process runs.
[[nodiscard]] inline int broker_threads() {
  int count = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);
    if (name == "tarn-broker") ++count;
  }
  return count;
}

}  // namespace tarn::test
