#include "platform/file_descriptor.hpp"

#include <unistd.h>

#include <cerrno>

namespace tarn::platform {

void FileDescriptor::reset(int fd) noexcept {
  const int old = std::exchange(fd_, fd);
  if (old < 0) return;
  // Linux frees the number even when close answers EINTR, so closing again could hit somebody
  // else's descriptor.
  const int saved_errno = errno;
  ::close(old);
  errno = saved_errno;
}

}  // namespace tarn::platform
