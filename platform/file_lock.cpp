#include "platform/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "platform/system_call.hpp"

namespace tarn::platform {

static_assert(sizeof(off_t) == 8, "build with _FILE_OFFSET_BITS=64");

namespace {

struct flock one_byte(std::uint64_t offset, short type) noexcept {
  struct flock range {};  // l_pid must be 0 for OFD locks
  range.l_type = type;
  range.l_whence = SEEK_SET;
  range.l_start = static_cast<off_t>(offset);
  range.l_len = 1;
  return range;
}

Failure lock_failure(int error, const char* what, std::uint64_t offset) {
  return Failure(Error::make(code_of(error), error, "cannot %s byte %llu of a lock file", what,
                             static_cast<unsigned long long>(offset)));
}

int control(const FileDescriptor& file, int command, struct flock& range) noexcept {
  return retry_interrupted([&] { return ::fcntl(file.get(), command, &range); });
}

}  // namespace

Result<bool> try_lock_byte(const FileDescriptor& file, std::uint64_t offset) {
  auto range = one_byte(offset, F_WRLCK);
  if (control(file, F_OFD_SETLK, range) == 0) return true;
  if (errno == EAGAIN || errno == EACCES) return false;  // POSIX allows both
  return lock_failure(errno, "lock", offset);
}

Result<void> unlock_byte(const FileDescriptor& file, std::uint64_t offset) {
  auto range = one_byte(offset, F_UNLCK);
  if (control(file, F_OFD_SETLK, range) == 0) return {};
  return lock_failure(errno, "unlock", offset);
}

Result<bool> byte_is_locked(const FileDescriptor& file, std::uint64_t offset) {
  auto range = one_byte(offset, F_WRLCK);
  if (control(file, F_OFD_GETLK, range) == 0) return range.l_type != F_UNLCK;
  return lock_failure(errno, "ask for the lock on", offset);
}

Result<bool> try_lock_file(const FileDescriptor& file) {
  if (retry_interrupted([&] { return ::flock(file.get(), LOCK_EX | LOCK_NB); }) == 0) return true;
  if (errno == EWOULDBLOCK) return false;
  const int error = errno;
  return Failure(Error::make(code_of(error), error, "cannot lock a lock file"));
}

}  // namespace tarn::platform
