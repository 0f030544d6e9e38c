#include "platform/file_users.hpp"

#include <sys/sysmacros.h>

#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <memory>

#include "platform/directory_stream.hpp"

namespace tarn::platform {

namespace {

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

// A line of /proc/PID/maps: addresses, protection, offset, device, inode, path.
bool names_file(const char* line, const FileIdentity& file) {
  unsigned major_number = 0;
  unsigned minor_number = 0;
  std::uint64_t inode = 0;
  const int read =
      std::sscanf(line, "%*s %*s %*s %x:%x %" SCNu64, &major_number, &minor_number, &inode);
  return read == 3 && inode == file.inode && ::makedev(major_number, minor_number) == file.device;
}

bool maps_file(std::int32_t pid, const FileIdentity& file) {
  char path[32];
  std::snprintf(path, sizeof path, "/proc/%d/maps", pid);
  const std::unique_ptr<std::FILE, CloseFile> maps(std::fopen(path, "re"));
  if (!maps) return false;
  char line[512];
  while (std::fgets(line, sizeof line, maps.get()) != nullptr) {
    if (names_file(line, file)) return true;
    // The rest of a line with a long path is no line of its own.
    while (std::strchr(line, '\n') == nullptr &&
           std::fgets(line, sizeof line, maps.get()) != nullptr) {
    }
  }
  return false;
}

}  // namespace

std::vector<std::int32_t> processes_mapping(const FileIdentity& file, std::size_t most) {
  std::vector<std::int32_t> pids;
  const DirectoryStream processes(::opendir("/proc"));
  while (processes && pids.size() < most) {
    const dirent* const entry = ::readdir(processes.get());
    if (entry == nullptr) break;
    const char* const end = entry->d_name + std::strlen(entry->d_name);
    std::int32_t pid = 0;
    const auto parsed = std::from_chars(entry->d_name, end, pid);
    if (parsed.ec != std::errc() || parsed.ptr != end) continue;
    if (maps_file(pid, file)) pids.push_back(pid);
  }
  return pids;
}

}  // namespace tarn::platform
