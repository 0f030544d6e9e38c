#include "tests/support/temporary_directory.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace tarn::test {

std::string TemporaryDirectory::prefix() {
  return "/dev/shm/tarn-test-" + std::to_string(::getpid()) + "-";
}

TemporaryDirectory::TemporaryDirectory() : path_(prefix() + "XXXXXX"), owner_pid_(::getpid()) {
  if (::mkdtemp(path_.data()) == nullptr) {
    throw std::runtime_error("cannot make " + path_ + ": " + std::strerror(errno) +
                             "; tests need a tmpfs at /dev/shm");
  }
}

TemporaryDirectory::~TemporaryDirectory() {
  if (::getpid() != owner_pid_) return;
  std::error_code ignored;  // what is left is found by the leak check, which names it
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace tarn::test
