#include "platform/shared_file.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "platform/memory_group.hpp"
#include "platform/runtime_directory.hpp"
#include "platform/system_call.hpp"

namespace tarn::platform {

static_assert(sizeof(off_t) == 8, "build with _FILE_OFFSET_BITS=64");

namespace {

// tmpfs takes back all that one fallocate did when a signal comes, so a timer faster than the call
// would keep it from ever finishing. Signals wait outside instead, and steps bound how long.
constexpr std::uint64_t kAllocateStepBytes = 16U << 20;

constexpr std::uint64_t kStatBlockBytes = 512;  // of st_blocks, whatever the file system's are

class SignalsHeldBack {
 public:
  SignalsHeldBack() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsHeldBack() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsHeldBack(const SignalsHeldBack&) = delete;
  SignalsHeldBack& operator=(const SignalsHeldBack&) = delete;

 private:
  sigset_t before_;
};

Failure file_failure(int error, const char* what, const std::string& path) {
  return Failure(Error::make(code_of(error), error, "cannot %s %s", what, path.c_str()));
}

Result<FileDescriptor> open_path(const std::string& path, int flags, std::uint32_t mode) {
  // O_NONBLOCK: a FIFO put in a file's place must not hold us up. Regular files ignore it.
  flags |= O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  FileDescriptor file(
      retry_interrupted([&] { return ::open(path.c_str(), flags, static_cast<mode_t>(mode)); }));
  if (!file) return file_failure(errno, (flags & O_EXCL) != 0 ? "create" : "open", path);
  return file;
}

Result<struct stat> status_of(const FileDescriptor& file, const std::string& path) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return file_failure(errno, "look at", path);
  return status;
}

FileIdentity identity_of(const struct stat& status) {
  return {static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino)};
}

struct Room {
  std::uint64_t bytes;
  const char* where;
};

// What the machine can still back, swap included; UINT64_MAX where it does not say.
std::uint64_t available_memory() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/proc/meminfo", "re"),
                                                             &std::fclose);
  unsigned long long kibibytes = 0;
  bool known = false;
  std::array<char, 128> line;
  while (file && std::fgets(line.data(), line.size(), file.get()) != nullptr) {
    unsigned long long value = 0;
    const bool available = std::sscanf(line.data(), "MemAvailable: %llu", &value) == 1;
    if (!available && std::sscanf(line.data(), "SwapFree: %llu", &value) != 1) continue;
    kibibytes += value;
    known = known || available;
  }
  return known ? kibibytes * 1024 : UINT64_MAX;
}

// Asked before anything is taken: a tmpfs fills the machine's memory page by page, and has others
// killed for it, before it says no. Its own size may well be larger than the memory.
Result<Room> room_for(const FileDescriptor& file, const std::string& path) {
  const auto on_disk = available_bytes(file, path);
  if (!on_disk) return Failure(on_disk.error());
  const auto in_memory = is_tmpfs(file, path);
  if (!in_memory) return Failure(in_memory.error());
  const std::uint64_t group = *in_memory ? memory_left_in_groups() : UINT64_MAX;
  const std::uint64_t memory = *in_memory ? available_memory() : UINT64_MAX;
  if (group < memory && group < *on_disk) return Room{group, "in this process's memory group"};
  if (memory < *on_disk) return Room{memory, "in the machine's memory"};
  return Room{*on_disk, "on its file system"};
}

int allocate_in_steps(int fd, std::uint64_t bytes) noexcept {
  for (std::uint64_t offset = 0; offset < bytes; offset += kAllocateStepBytes) {
    const std::uint64_t step = std::min(kAllocateStepBytes, bytes - offset);
    const SignalsHeldBack held_back;
    const int result = retry_interrupted(
        [&] { return ::fallocate(fd, 0, static_cast<off_t>(offset), static_cast<off_t>(step)); });
    if (result != 0) return errno;
  }
  return 0;
}

}  // namespace

Result<FileDescriptor> create_file(const std::string& path, std::uint32_t mode) {
  auto file = open_path(path, O_RDWR | O_CREAT | O_EXCL, mode);
  if (!file) return file;
  if (::fchmod(file->get(), static_cast<mode_t>(mode)) != 0) {
    const int error = errno;
    ::unlink(path.c_str());
    return file_failure(error, "set the mode of", path);
  }
  return file;
}

Result<FileDescriptor> open_file(const std::string& path, FileAccess access) {
  return open_path(path, access == FileAccess::ReadWrite ? O_RDWR : O_RDONLY, 0);
}

Result<FileDescriptor> open_or_create_file(const std::string& path, std::uint32_t mode) {
  // Creating exclusively first tells a new file, whose mode is ours to set, from an old one. The
  // file can vanish or appear between both calls, as often as somebody plays with it.
  constexpr int kAttempts = 8;
  for (int attempt = 1;; ++attempt) {
    auto created = create_file(path, mode);
    if (created || created.error().system_errno() != EEXIST) return created;
    auto opened = open_file(path, FileAccess::ReadWrite);
    if (opened || opened.error().system_errno() != ENOENT || attempt == kAttempts) return opened;
  }
}

Result<void> allocate(const FileDescriptor& file, std::uint64_t bytes, const std::string& path) {
  const auto before = status_of(file, path);
  if (!before) return Failure(before.error());
  const auto room = room_for(file, path);
  if (!room) return Failure(room.error());
  const auto have = static_cast<std::uint64_t>(before->st_blocks) * kStatBlockBytes;
  const bool hopeless = bytes > have && bytes - have > room->bytes;
  const int error = hopeless ? ENOSPC : allocate_in_steps(file.get(), bytes);
  if (error == 0) return {};
  // All or nothing: what the earlier steps took goes back.
  if (retry_interrupted([&] { return ::ftruncate(file.get(), before->st_size); }) != 0) {
    return file_failure(errno, "give back what was allocated of", path);
  }
  const unsigned long long needed = bytes;
  const unsigned long long found = room->bytes;
  return Failure(Error::make(code_of(error), error,
                             "cannot allocate %s: %llu bytes needed, %llu available %s; enlarge "
                             "that or ask for less",
                             path.c_str(), needed, found, room->where));
}

Result<std::uint64_t> file_size(const FileDescriptor& file, const std::string& path) {
  const auto status = status_of(file, path);
  if (!status) return Failure(status.error());
  return static_cast<std::uint64_t>(status->st_size);
}

Result<std::size_t> read_file_at(const FileDescriptor& file, std::uint64_t offset,
                                 std::span<std::byte> buffer, const std::string& path) {
  std::size_t done = 0;
  while (done < buffer.size()) {
    const auto count = retry_interrupted([&] {
      return ::pread(file.get(), buffer.data() + done, buffer.size() - done,
                     static_cast<off_t>(offset + done));
    });
    if (count < 0) return file_failure(errno, "read", path);
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

Result<void> write_file_at(const FileDescriptor& file, std::uint64_t offset,
                           std::span<const std::byte> bytes, const std::string& path) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto count = retry_interrupted([&] {
      return ::pwrite(file.get(), bytes.data() + done, bytes.size() - done,
                      static_cast<off_t>(offset + done));
    });
    if (count < 0) return file_failure(errno, "write", path);
    done += static_cast<std::size_t>(count);
  }
  return {};
}

Result<void> rename_file(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) == 0) return {};
  const int error = errno;
  return Failure(
      Error::make(code_of(error), error, "cannot rename %s to %s", from.c_str(), to.c_str()));
}

Result<bool> unlink_file(const std::string& path) {
  if (::unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  return file_failure(errno, "unlink", path);
}

Result<FileIdentity> file_identity(const FileDescriptor& file, const std::string& path) {
  const auto status = status_of(file, path);
  if (!status) return Failure(status.error());
  return identity_of(*status);
}

Result<std::optional<FileIdentity>> path_identity(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) return std::optional(identity_of(status));
  if (errno == ENOENT) return std::optional<FileIdentity>();
  return file_failure(errno, "look at", path);
}

}  // namespace tarn::platform
