#include "tests/support/temporary_directory.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <system_error>

namespace tarn::test {

std::string TemporaryDirectory::prefix() {
  // The pid is for people. Processes of other times and of other pid namespaces have it, too.
  static const unsigned run = std::random_device{}() % 1'000'000;
  return "/dev/shm/tarn-test-" + std::to_string(::getpid()) + "-" + std::to_string(run) + "-";
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
