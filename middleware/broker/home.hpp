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

#include <tarn/result.hpp>

#include "middleware/pool/domain_directory.hpp"
#include "platform/shared_file.hpp"

namespace tarn::broker {

class Home {
 public:
  // Looks at what the names stand for now. InvalidRuntime when one of them is gone already.
  [[nodiscard]] static Result<Home> settle(const pool::DomainPaths& paths);

  // The path of a file that is no longer what it was, or nothing.
  [[nodiscard]] std::optional<std::string> lost() const;

 private:
  struct Name {
    std::string path;
    platform::FileIdentity file;
  };

  Home() = default;

  std::array<Name, 4> names_;
};

}  // namespace tarn::broker
