#include "platform/unix_address.hpp"

#include "platform/unix_socket.hpp"

namespace tarn::platform {

static_assert(sizeof(sockaddr_un{}.sun_path) == kSocketPathBytes + 1);

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

}  // namespace tarn::platform
