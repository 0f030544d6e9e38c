// A file descriptor that closes itself. It does not know what it is a descriptor of. One owner; any
// thread may use its own object, and get() hands out the number for calls that do not outlive it.
#pragma once

#include <utility>

namespace tarn::platform {

class FileDescriptor {
 public:
  FileDescriptor() noexcept = default;
  explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
  ~FileDescriptor() { reset(); }

  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] bool valid() const noexcept { return fd_ >= 0; }
  explicit operator bool() const noexcept { return valid(); }

  // Gives the number away without closing it.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

  // Closes what is held, then holds `fd`. Leaves errno as it was.
  void reset(int fd = -1) noexcept;

 private:
  int fd_ = -1;
};

}  // namespace tarn::platform
