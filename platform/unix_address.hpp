// The address of a Unix socket that has a path. For this room's socket files.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <string>

#include <tarn/result.hpp>

namespace tarn::platform {

// InvalidRuntime where the path does not fit, with its length and the limit.
[[nodiscard]] Result<sockaddr_un> unix_address(const std::string& path);

// The same bytes under the type that the socket calls take.
[[nodiscard]] inline const sockaddr* as_sockaddr(const sockaddr_un& address) noexcept {
  return reinterpret_cast<const sockaddr*>(&address);
}

}  // namespace tarn::platform
