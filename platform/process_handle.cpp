#include "platform/process_handle.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "platform/system_call.hpp"

namespace tarn::platform {

namespace {

constexpr long kPidfdOpen = 434;  // since Linux 5.3, the same number on every machine

Failure process_failure(int error, const char* what, std::int32_t pid) {
  return Failure(Error::make(code_of(error), error, "cannot %s process %d", what, pid));
}

// Field 22 of proc(5)'s stat. The second field is the program's name in parentheses and may hold
// anything, parentheses and spaces too; no later field can, so counting starts at the last one.
bool parse_start_time(const char* stat, std::uint64_t& start_time) {
  constexpr int kStartTimeField = 22;
  const char* position = std::strrchr(stat, ')');
  if (position == nullptr) return false;
  for (int field = 2; field < kStartTimeField; ++field) {
    position = std::strchr(position + 1, ' ');
    if (position == nullptr) return false;
  }
  char* end = nullptr;
  start_time = std::strtoull(position, &end, 10);
  return end != position && (*end == ' ' || *end == '\n');
}

// A kernel that knows no such namespaces has one of them.
std::uint64_t namespace_number(const char* path) noexcept {
  struct stat status {};
  return ::stat(path, &status) == 0 ? status.st_ino : 1;
}

}  // namespace

Result<FileDescriptor> open_pidfd(std::int32_t pid) {
  FileDescriptor pidfd(static_cast<int>(::syscall(kPidfdOpen, pid, 0)));
  if (pidfd) return pidfd;
  return process_failure(errno, "open a handle to", pid);
}

Result<ProcessHandle> ProcessHandle::open(std::int32_t pid) {
  auto pidfd = open_pidfd(pid);
  if (!pidfd) return Failure(pidfd.error());
  return adopt(std::move(*pidfd));
}

bool ProcessHandle::is_dead() const noexcept {
  pollfd entry{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
  const int count = retry_interrupted([&] { return ::poll(&entry, 1, 0); });
  return count > 0 && (entry.revents & POLLIN) != 0;
}

Result<std::uint64_t> process_start_time(std::int32_t pid) {
  std::array<char, 32> path{};
  std::snprintf(path.data(), path.size(), "/proc/%d/stat", pid);
  const FileDescriptor file(
      retry_interrupted([&] { return ::open(path.data(), O_RDONLY | O_CLOEXEC); }));
  if (!file) return process_failure(errno, "find the start time of", pid);
  // proc(5) gives the whole line to the first read; it has about 50 short fields.
  std::array<char, 2048> stat{};
  const auto count =
      retry_interrupted([&] { return ::read(file.get(), stat.data(), stat.size() - 1); });
  if (count < 0) return process_failure(errno, "read the start time of", pid);
  std::uint64_t start_time = 0;
  if (parse_start_time(stat.data(), start_time)) return start_time;
  return Failure(Error::make(Errc::ProtocolError, 0,
                             "%s has no start time in field 22: is proc(5) mounted there?",
                             path.data()));
}

std::uint64_t process_numbering() noexcept {
  std::array<char, 16> self{};
  if (::readlink("/proc/self", self.data(), self.size() - 1) <= 0) return 0;
  if (std::strtol(self.data(), nullptr, 10) != ::getpid()) return 0;
  constexpr int kPidBits = 32;  // the kernel's numbers of namespaces are no longer
  return namespace_number("/proc/self/ns/pid") << kPidBits | namespace_number("/proc/self/ns/time");
}

std::int32_t own_pid() noexcept { return static_cast<std::int32_t>(::getpid()); }

}  // namespace tarn::platform
