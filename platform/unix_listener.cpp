#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>

#include "platform/runtime_directory.hpp"
#include "platform/shared_file.hpp"
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

Result<void> clear_stale_socket(const std::string& path) {
  const auto facts = path_facts(path);
  if (!facts) return Failure(facts.error());
  if (!facts->exists()) return {};
  if (facts->kind != PathKind::Socket) {
    return Failure(Error::make(Errc::InvalidRuntime, EEXIST,
                               "cannot listen on %s: something that is not a socket has that name; "
                               "move it away",
                               path.c_str()));
  }
  const auto unlinked = unlink_file(path);
  if (!unlinked) return Failure(unlinked.error());
  return {};
}

// Between bind and listen every connect is refused, so this is when the path gets its owner and
// mode. The umask would do it in one step, but it belongs to the whole process and its threads.
Result<void> admit(const std::string& path, std::uint32_t mode, std::optional<std::uint32_t> gid) {
  const auto kKeepOwner = static_cast<uid_t>(-1);
  if (gid && ::lchown(path.c_str(), kKeepOwner, static_cast<gid_t>(*gid)) != 0) {
    const int error = errno;
    return Failure(Error::make(code_of(error), error, "cannot give %s to the group %u",
                               path.c_str(), static_cast<unsigned>(*gid)));
  }
  if (::chmod(path.c_str(), static_cast<mode_t>(mode)) != 0) {
    return listen_failure(errno, "set the mode of", path);
  }
  return {};
}

}  // namespace

Result<SeqPacketListener> SeqPacketListener::listen(const std::string& path, std::uint32_t mode,
                                                    std::optional<std::uint32_t> gid) {
  const auto address = unix_address(path);
  if (!address) return Failure(address.error());
  if (auto cleared = clear_stale_socket(path); !cleared) return Failure(cleared.error());
  FileDescriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return listen_failure(errno, "create a socket for", path);
  if (::bind(socket.get(), as_sockaddr(*address), sizeof *address) != 0) {
    return listen_failure(errno, "bind a socket to", path);
  }
  auto admitted = admit(path, mode, gid);
  if (admitted && ::listen(socket.get(), kBacklog) != 0) {
    admitted = listen_failure(errno, "listen on", path);
  }
  if (!admitted) {
    ::unlink(path.c_str());
    return Failure(admitted.error());
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
