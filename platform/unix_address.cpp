#include "platform/unix_address.hpp"

#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>

#include "platform/runtime_directory.hpp"
#include "platform/shared_file.hpp"
#include "platform/system_call.hpp"
#include "platform/unix_socket.hpp"

namespace tarn::platform {

static_assert(sizeof(sockaddr_un{}.sun_path) == kSocketPathBytes + 1);

namespace {

Failure path_failure(int error, const char* what, const std::string& path) {
  return Failure(Error::make(code_of(error), error, "cannot %s %s", what, path.c_str()));
}

Result<void> clear_stale_socket(const std::string& path) {
  const auto facts = path_facts(path);
  if (!facts) return Failure(facts.error());
  if (!facts->exists()) return {};
  if (facts->kind != PathKind::Socket) {
    return Failure(
        Error::make(Errc::InvalidRuntime, EEXIST,
                    "cannot put a socket at %s: something that is not a socket has that name; "
                    "move it away",
                    path.c_str()));
  }
  const auto unlinked = unlink_file(path);
  if (!unlinked) return Failure(unlinked.error());
  return {};
}

// The umask would do it in one step with the bind, but it belongs to the whole process and its threads.
Result<void> admit(const std::string& path, const SocketAccess& access) {
  const auto kKeepOwner = static_cast<uid_t>(-1);
  if (access.gid && ::lchown(path.c_str(), kKeepOwner, static_cast<gid_t>(*access.gid)) != 0) {
    const int error = errno;
    return Failure(Error::make(code_of(error), error, "cannot give %s to the group %u",
                               path.c_str(), static_cast<unsigned>(*access.gid)));
  }
  if (::chmod(path.c_str(), static_cast<mode_t>(access.mode)) != 0) {
    return path_failure(errno, "set the mode of", path);
  }
  return {};
}

}  // namespace

Result<sockaddr_un> unix_address(const std::string& path) {
  if (path.empty() || path.size() > kSocketPathBytes) {
    return Failure(Error::make(Errc::InvalidRuntime, 0,
                               "the socket path %s has %zu bytes, 1 to %zu are allowed; choose a "
                               "shorter runtime directory",
                               path.c_str(), path.size(), kSocketPathBytes));
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, kSocketPathBytes);
  return address;
}

Result<void> bind_to_path(const FileDescriptor& socket, const std::string& path,
                          const SocketAccess& access) {
  const auto address = unix_address(path);
  if (!address) return Failure(address.error());
  if (auto cleared = clear_stale_socket(path); !cleared) return cleared;
  if (::bind(socket.get(), as_sockaddr(*address), sizeof *address) != 0) {
    return path_failure(errno, "bind a socket to", path);
  }
  auto admitted = admit(path, access);
  if (!admitted) ::unlink(path.c_str());
  return admitted;
}

}  // namespace tarn::platform
