// A directory on tmpfs for one test, removed with all that is in it when the object goes. Its path
// is short enough for Unix sockets in it. A forked child's copy removes nothing.
//
//   const TemporaryDirectory directory;
//   auto file = must(create_file(directory.file("pool"), 0600));
#pragma once

#include <string>

namespace tarn::test {

class TemporaryDirectory {
 public:
  TemporaryDirectory();  // throws std::runtime_error where /dev/shm will not serve
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  // The path of a file of this name in it, which need not exist.
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

  // What every such directory of this process is called up to its last few characters.
  static std::string prefix();

 private:
  std::string path_;
  int owner_pid_;
};

}  // namespace tarn::test
