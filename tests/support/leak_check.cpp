#include "tests/support/leak_check.hpp"

#include <dirent.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <system_error>

#include "tests/support/temporary_directory.hpp"

namespace tarn::test {

namespace {

void find_children(std::vector<std::string>& leaks) {
  siginfo_t info{};
  if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD) return;
  leaks.push_back(info.si_pid != 0 ? "child process " + std::to_string(info.si_pid) +
                                         ", which has ended and was not waited for"
                                   : "a child process, which still runs");
}

void find_directories(std::vector<std::string>& leaks) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/dev/shm", ignored)) {
    const std::string path = entry.path().string();
    if (path.starts_with(TemporaryDirectory::prefix())) leaks.push_back("directory " + path);
  }
}

}  // namespace

OpenDescriptors open_descriptors() {
  OpenDescriptors found;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir("/proc/self/fd"), &::closedir);
  if (!directory) return found;
  while (const dirent* entry = ::readdir(directory.get())) {
    if (entry->d_name[0] == '.') continue;
    const int fd = std::atoi(entry->d_name);
    if (fd == ::dirfd(directory.get())) continue;
    std::array<char, 256> target{};
    const std::string link = "/proc/self/fd/" + std::string(entry->d_name);
    if (::readlink(link.c_str(), target.data(), target.size() - 1) < 0) continue;
    found.emplace(fd, target.data());
  }
  return found;
}

std::vector<std::string> leaks_since(const OpenDescriptors& before) {
  std::vector<std::string> leaks;
  for (const auto& [fd, target] : open_descriptors()) {
    const auto known = before.find(fd);
    if (known == before.end() || known->second != target) {
      leaks.push_back("fd " + std::to_string(fd) + " (" + target + ")");
    }
  }
  find_children(leaks);
  find_directories(leaks);
  return leaks;
}

}  // namespace tarn::test
