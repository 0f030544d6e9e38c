// Who is the broker: an exclusive lock on the file broker.lock, which the kernel drops however its
// holder ends. The file holds the holder's pid, for people. Knows nothing of pools. Owned by the
// broker, for as long as it has the role.
#pragma once

#include <string>

#include <tarn/result.hpp>

#include "platform/file_descriptor.hpp"

namespace tarn::broker {

class RoleLock {
 public:
  // RoleTaken names the pid of the holder and the path.
  [[nodiscard]] static Result<RoleLock> take(const std::string& path);

  // Removes the file, still locked: who has opened it meanwhile finds that it is no longer the one
  // the path names, and starts over.
  [[nodiscard]] Result<void> unlink();

  [[nodiscard]] const platform::FileDescriptor& file() const noexcept { return file_; }

  // Closes this process's descriptor. The lock stays as long as another process has it open, too.
  void reset() noexcept { file_.reset(); }

 private:
  RoleLock(std::string path, platform::FileDescriptor file) noexcept
      : path_(std::move(path)), file_(std::move(file)) {}

  std::string path_;
  platform::FileDescriptor file_;
};

}  // namespace tarn::broker
