#include "platform/service_notice.hpp"

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>

#include "platform/file_descriptor.hpp"
#include "platform/system_call.hpp"

namespace tarn::platform {

namespace {

Failure notice_failure(int error, std::string_view socket_path) {
  return Failure(Error::make(code_of(error), error, "cannot tell the service manager at %.*s",
                             static_cast<int>(socket_path.size()), socket_path.data()));
}

}  // namespace

Result<void> notify_service_manager(std::string_view socket_path, std::string_view state) {
  if (socket_path.empty()) return {};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const bool abstract = socket_path.front() == '@';
  if ((!abstract && socket_path.front() != '/') || socket_path.size() >= sizeof address.sun_path) {
    return notice_failure(EINVAL, socket_path);
  }
  socket_path.copy(address.sun_path, sizeof address.sun_path - 1);
  // The name of an abstract socket starts with a NUL and has no end but its length.
  if (abstract) address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_path.size() +
                                             (abstract ? 0 : 1));
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return notice_failure(errno, socket_path);
  const auto sent = retry_interrupted([&] {
    return ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL,
                    reinterpret_cast<const sockaddr*>(&address), length);
  });
  if (sent < 0) return notice_failure(errno, socket_path);
  return {};
}

}  // namespace tarn::platform
