#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "platform/system_call.hpp"
#include "platform/unix_address.hpp"
#include "platform/unix_socket.hpp"

namespace tarn::platform {

namespace {

// How many clients may have connected and not been accepted yet; the next one waits in connect().
constexpr int kBacklog = 128;

Failure listen_failure(int error, const char* what, const std::string& path) {
  return Failure(Error::make(code_of(error), error, "cannot %s %s", what, path.c_str()));
}

}  // namespace

Result<SeqPacketListener> SeqPacketListener::listen(const std::string& path, std::uint32_t mode,
                                                    std::optional<std::uint32_t> gid) {
  FileDescriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return listen_failure(errno, "create a socket for", path);
  // Until it listens every connect is refused: by then the path has its owner and mode.
  if (auto bound = bind_to_path(socket, path, {.mode = mode, .gid = gid}); !bound) {
    return Failure(bound.error());
  }
  if (::listen(socket.get(), kBacklog) != 0) {
    const int error = errno;
    ::unlink(path.c_str());
    return listen_failure(error, "listen on", path);
  }
  return SeqPacketListener(std::move(socket));
}

Result<std::optional<SeqPacketSocket>> SeqPacketListener::try_accept() {
  FileDescriptor accepted(retry_interrupted(
      [&] { return ::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK); }));
  if (accepted) return std::optional(SeqPacketSocket(std::move(accepted)));
  const int error = errno;
  if (error == EAGAIN || error == ECONNABORTED) return std::optional<SeqPacketSocket>();
  return Failure(Error::make(code_of(error), error, "cannot accept a connection"));
}

}  // namespace tarn::platform
