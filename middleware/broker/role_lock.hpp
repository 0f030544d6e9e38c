// Who is the broker: an exclusive lock on the file broker.lock, which the kernel drops however its
// holder ends. The file holds the holder's pid, for people. One byte of it, locked for itself, is the
// claim of a daemon that waits for the role: a broker that only fills in gives way to it. Knows nothing
// of pools. Owned by the broker, for as long as it has or wants the role.
#pragma once

#include <string>
#include <utility>

#include <tarn/result.hpp>

#include "platform/file_descriptor.hpp"

namespace tarn::broker {

class RoleLock {
 public:
  // RoleTaken names the pid of the holder and the path.
  [[nodiscard]] static Result<RoleLock> take(const std::string& path);
  // RoleTaken too while another one has a claim to it.
  [[nodiscard]] static Result<RoleLock> take_unclaimed(const std::string& path);

  // Whether somebody waits for the role. Who cannot be asked does not.
  [[nodiscard]] bool is_claimed() const;

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

// Held by who waits for the role, until it has it.
class RoleClaim {
 public:
  // Ours, or that of another who waits, too. To be made again with each try: the file of the last one may
  // have been removed.
  [[nodiscard]] static Result<RoleClaim> stake(const std::string& path);

 private:
  explicit RoleClaim(platform::FileDescriptor file) noexcept : file_(std::move(file)) {}

  platform::FileDescriptor file_;
};

}  // namespace tarn::broker
