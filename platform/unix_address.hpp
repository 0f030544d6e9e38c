// Unix sockets that have a path: the address, and how one is put there. For this room's socket files.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>
#include <optional>
#include <string>

#include <tarn/result.hpp>

#include "platform/file_descriptor.hpp"

namespace tarn::platform {

// InvalidRuntime where the path does not fit, with its length and the limit.
[[nodiscard]] Result<sockaddr_un> unix_address(const std::string& path);

// The same bytes under the type that the socket calls take.
[[nodiscard]] inline const sockaddr* as_sockaddr(const sockaddr_un& address) noexcept {
  return reinterpret_cast<const sockaddr*>(&address);
}

// Who may connect or send.
struct SocketAccess {
  std::uint32_t mode = 0600;
  std::optional<std::uint32_t> gid;
};

// Binds `socket` to `path` with exactly this mode and group, whatever the umask. A socket that is there
// is replaced; anything else in the way is InvalidRuntime.
[[nodiscard]] Result<void> bind_to_path(const FileDescriptor& socket, const std::string& path,
                                        const SocketAccess& access);

}  // namespace tarn::platform
