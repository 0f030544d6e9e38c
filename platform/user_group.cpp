#include "platform/user_group.hpp"

#include <grp.h>

#include <cerrno>
#include <vector>

#include "platform/system_call.hpp"

namespace tarn::platform {

Result<std::optional<std::uint32_t>> find_group(const std::string& name) {
  // Groups with many members need more; a mebibyte is more than any has.
  constexpr std::size_t kMostBytes = std::size_t{1} << 20;
  for (std::vector<char> buffer(1024); buffer.size() <= kMostBytes;
       buffer.resize(buffer.size() * 4)) {
    struct group entry {};
    struct group* found = nullptr;
    int error = EINTR;
    while (error == EINTR) {
      error = ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    }
    if (error == ERANGE) continue;
    if (found != nullptr) return std::optional<std::uint32_t>(found->gr_gid);
    // What the C library answers where there simply is no such group differs by database.
    const bool absent =
        error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
    if (absent) return std::optional<std::uint32_t>();
    return Failure(
        Error::make(code_of(error), error, "cannot look for the group '%s'", name.c_str()));
  }
  return Failure(Error::make(Errc::TooLarge, 0, "the group '%s' has too many members to be read",
                             name.c_str()));
}

}  // namespace tarn::platform
