#include "platform/unix_socket.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <tarn/detail/assert.hpp>

#include "platform/poll_wait.hpp"
#include "platform/process_handle.hpp"
#include "platform/system_call.hpp"
#include "platform/unix_address.hpp"

namespace tarn::platform {

namespace {

constexpr int kSocketPeerPidfd = 77;  // SO_PEERPIDFD, since Linux 6.5; older headers lack it

// Aligned as the kernel's headers of ancillary data want it.
union ControlBuffer {
  cmsghdr header;
  std::array<std::byte, CMSG_SPACE(sizeof(int) * kDescriptorsPerPacket)> bytes;
};

Failure socket_failure(int error, const char* what) {
  return Failure(Error::make(code_of(error), error, "cannot %s", what));
}

Failure timed_out(const char* what) {
  return Failure(Error::make(Errc::TimedOut, 0, "the deadline passed before one could %s", what));
}

void put_descriptors(msghdr& message, ControlBuffer& control, std::span<const int> fds) {
  if (fds.empty()) return;
  message.msg_control = &control;
  message.msg_controllen = CMSG_SPACE(fds.size_bytes());
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(fds.size_bytes());
  std::memcpy(CMSG_DATA(header), fds.data(), fds.size_bytes());
}

// Moves what the kernel has installed into `fds` and closes what has no place there.
void take_descriptors(msghdr& message, std::span<FileDescriptor> fds, Packet& packet) {
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t index = 0; index < count; ++index) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header) + index * sizeof(int), sizeof fd);
      FileDescriptor received(fd);
      if (packet.descriptors < fds.size()) {
        fds[packet.descriptors++] = std::move(received);
      } else {
        packet.had_descriptors = true;
      }
    }
  }
}

// True: sent. False: no room now.
Result<bool> send_now(int socket, std::span<const std::byte> packet, std::span<const int> fds) {
  if (packet.empty() || fds.size() > kDescriptorsPerPacket) {
    return Failure(Error::make(Errc::InvalidArgument, 0,
                               "cannot send %zu bytes with %zu fds: at least 1 byte and at most "
                               "%zu fds are allowed",
                               packet.size(), fds.size(), kDescriptorsPerPacket));
  }
  // sendmsg only reads what iov_base points at; its type cannot say so.
  iovec part{.iov_base = const_cast<std::byte*>(packet.data()), .iov_len = packet.size()};
  ControlBuffer control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  put_descriptors(message, control, fds);
  const auto count =
      retry_interrupted([&] { return ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL); });
  if (count >= 0) return true;
  if (errno == EAGAIN) return false;
  const int error = errno;
  return Failure(
      Error::make(code_of(error), error, "cannot send a packet of %zu bytes", packet.size()));
}

Result<void> send_until(int socket, std::span<const std::byte> packet, std::span<const int> fds,
                        MonotonicTime deadline) {
  for (;;) {
    const auto sent = send_now(socket, packet, fds);
    if (!sent) return Failure(sent.error());
    if (*sent) return {};
    const auto ready = wait_ready(socket, Interest::Writable, deadline);
    if (!ready) return Failure(ready.error());
    if (!*ready) return timed_out("send a packet");
  }
}

// Empty: no packet now. With no `fds` the kernel is given no place for ancillary data at all.
Result<std::optional<Packet>> receive_now(int socket, std::span<std::byte> buffer,
                                          std::span<FileDescriptor> fds) {
  TARN_ASSERT(!buffer.empty() && fds.size() <= kDescriptorsPerPacket);
  iovec part{.iov_base = buffer.data(), .iov_len = buffer.size()};
  ControlBuffer control{};
  for (;;) {
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (!fds.empty()) {
      // CMSG_LEN, not CMSG_SPACE, whose padding would hold one fd more than there is a place for.
      message.msg_control = &control;
      message.msg_controllen = CMSG_LEN(sizeof(int) * fds.size());
    }
    const auto count = ::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (count < 0) {
      // The kernel says once that the peer closed with packets of ours unread; what the peer has
      // sent before that is still in the queue.
      if (errno == EINTR || errno == ECONNRESET) continue;
      if (errno == EAGAIN) return std::optional<Packet>();
      return socket_failure(errno, "receive a packet");
    }
    Packet packet{.bytes = static_cast<std::size_t>(count),
                  .truncated = (message.msg_flags & MSG_TRUNC) != 0,
                  .had_descriptors = (message.msg_flags & MSG_CTRUNC) != 0};
    take_descriptors(message, fds, packet);
    // Both the end and an empty packet read as 0 bytes. Our peers send no empty packets, so one
    // that did and has hung up too is treated as closed.
    const bool carried_fds = packet.had_descriptors || packet.descriptors > 0;
    packet.closed = count == 0 && !carried_fds && has_hung_up(socket);
    return std::optional(packet);
  }
}

Result<Packet> receive_until(int socket, std::span<std::byte> buffer, std::span<FileDescriptor> fds,
                             MonotonicTime deadline) {
  for (;;) {
    const auto packet = receive_now(socket, buffer, fds);
    if (!packet) return Failure(packet.error());
    if (*packet) return **packet;
    const auto ready = wait_ready(socket, Interest::Readable, deadline);
    if (!ready) return Failure(ready.error());
    if (!*ready) return timed_out("receive a packet");
  }
}

// A connect to a listener whose queue is full waits in the kernel, and only there: poll does not
// tell when there is room. So it blocks, for no longer than the socket's send time-out.
int connect_blocking(int socket, const sockaddr_un& address, std::chrono::nanoseconds limit) {
  constexpr std::chrono::nanoseconds kMost = std::chrono::hours(1);
  constexpr std::chrono::nanoseconds kLeast = std::chrono::milliseconds(1);  // 0 would be for ever
  const auto micros =
      std::chrono::duration_cast<std::chrono::microseconds>(std::clamp(limit, kLeast, kMost));
  timeval timeout{};
  timeout.tv_sec = static_cast<decltype(timeout.tv_sec)>(micros.count() / 1'000'000);
  timeout.tv_usec = static_cast<decltype(timeout.tv_usec)>(micros.count() % 1'000'000);
  if (::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) != 0) return errno;
  return ::connect(socket, as_sockaddr(address), sizeof address) == 0 ? 0 : errno;
}

}  // namespace

Result<SeqPacketSocket> SeqPacketSocket::connect(const std::string& path, MonotonicTime deadline) {
  const auto address = unix_address(path);
  if (!address) return Failure(address.error());
  FileDescriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!socket) return socket_failure(errno, "create a socket");
  for (;;) {
    const int error = connect_blocking(socket.get(), *address, remaining(deadline));
    if (error == 0) break;
    if (error != EAGAIN && error != EINTR) {
      return Failure(Error::make(code_of(error), error, "cannot connect to %s", path.c_str()));
    }
    if (remaining(deadline).count() == 0) {
      return Failure(Error::make(Errc::TimedOut, error,
                                 "the deadline passed while %s had no room for another connection",
                                 path.c_str()));
    }
  }
  if (::fcntl(socket.get(), F_SETFL, O_NONBLOCK) != 0) {
    return socket_failure(errno, "make a socket nonblocking");
  }
  return SeqPacketSocket(std::move(socket));
}

Result<void> SeqPacketSocket::send(std::span<const std::byte> packet, MonotonicTime deadline) {
  return send_until(socket_.get(), packet, {}, deadline);
}

Result<void> SeqPacketSocket::send_with_fds(std::span<const std::byte> packet,
                                            std::span<const int> fds, MonotonicTime deadline) {
  return send_until(socket_.get(), packet, fds, deadline);
}

Result<bool> SeqPacketSocket::try_send(std::span<const std::byte> packet) {
  return send_now(socket_.get(), packet, {});
}

Result<Packet> SeqPacketSocket::receive(std::span<std::byte> buffer, MonotonicTime deadline) {
  return receive_until(socket_.get(), buffer, {}, deadline);
}

Result<std::optional<Packet>> SeqPacketSocket::try_receive(std::span<std::byte> buffer) {
  return receive_now(socket_.get(), buffer, {});
}

Result<Packet> SeqPacketSocket::receive_with_fds(std::span<std::byte> buffer,
                                                 std::span<FileDescriptor> fds,
                                                 MonotonicTime deadline) {
  return receive_until(socket_.get(), buffer, fds, deadline);
}

Result<PeerCredentials> SeqPacketSocket::credentials() const {
  ucred found{};
  socklen_t size = sizeof found;
  if (::getsockopt(socket_.get(), SOL_SOCKET, SO_PEERCRED, &found, &size) != 0) {
    return socket_failure(errno, "ask who the peer is");
  }
  return PeerCredentials{.pid = static_cast<std::int32_t>(found.pid),
                         .uid = static_cast<std::uint32_t>(found.uid),
                         .gid = static_cast<std::uint32_t>(found.gid)};
}

Result<FileDescriptor> SeqPacketSocket::peer_pidfd() const {
  int fd = -1;
  socklen_t size = sizeof fd;
  if (::getsockopt(socket_.get(), SOL_SOCKET, kSocketPeerPidfd, &fd, &size) == 0) {
    return FileDescriptor(fd);
  }
  // Before 6.14 the kernel says EINVAL, ENODATA or ESRCH of a peer that has gone, depending on how
  // far; emulators and old kernels say that they do not know the option.
  const int error = errno;
  const bool gone = error == EINVAL || error == ENODATA || error == ESRCH;
  if (gone) return socket_failure(ESRCH, "open a handle to the peer");
  if (error != ENOPROTOOPT && error != EOPNOTSUPP && error != ENOSYS) {
    return socket_failure(error, "open a handle to the peer");
  }
  const auto peer = credentials();
  if (!peer) return Failure(peer.error());
  auto pidfd = open_pidfd(peer->pid);
  if (!pidfd) return pidfd;
  if (has_hung_up(socket_.get())) return socket_failure(ESRCH, "open a handle to the peer");
  return pidfd;
}

Result<std::pair<SeqPacketSocket, SeqPacketSocket>> socket_pair() {
  std::array<int, 2> fds{};
  constexpr int kType = SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK;
  if (::socketpair(AF_UNIX, kType, 0, fds.data()) != 0) {
    return socket_failure(errno, "create a pair of sockets");
  }
  return std::pair(SeqPacketSocket(FileDescriptor(fds[0])),
                   SeqPacketSocket(FileDescriptor(fds[1])));
}

}  // namespace tarn::platform
