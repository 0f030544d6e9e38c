// The names of a domain in its runtime directory, which are this broker's for as long as it serves. When
// somebody removes or replaces one, new clients would not find this broker, and another could take the
// role beside it: so the domain has ended, and its clients must hear of it. Somebody has to look: an
// inotify watch would tell at once, but ending a process that has one waits for the kernel's own
// workers, and with it the news of a killed broker's death. Knows names, not what the files hold. Owned
// by the broker; one thread.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include <tarn/result.hpp>

#include "middleware/pool/domain_directory.hpp"
#include "platform/file_descriptor.hpp"
#include "platform/shared_file.hpp"

namespace tarn::broker {

class Home {
 public:
  // The files that this broker has open; its socket and its directory of bells are what the names stand
  // for.
  struct Files {
    const platform::FileDescriptor& lock;
    const platform::FileDescriptor& pool;
    const platform::FileDescriptor& alive;
  };

  // InvalidRuntime when one of the names is gone or another's already.
  [[nodiscard]] static Result<Home> settle(const pool::DomainPaths& paths, const Files& files);

  // A path that names no file any more, or another one. One that cannot be looked at is not lost.
  [[nodiscard]] std::optional<std::string> lost() const;

  // Removes the names of files that are still ours.
  void remove_own() const;

 private:
  struct Name {
    std::string path;
    platform::FileIdentity file;
  };

  explicit Home(std::array<Name, 5> names) noexcept : names_(std::move(names)) {}

  std::array<Name, 5> names_;  // of the lock last: while it stands nobody else begins
};

}  // namespace tarn::broker
