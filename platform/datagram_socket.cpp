#include "platform/datagram_socket.hpp"

#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "platform/system_call.hpp"
#include "platform/unix_address.hpp"
#include "platform/unix_socket.hpp"

namespace tarn::platform {

namespace {

constexpr int kDatagramType = SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
// A receiver's queue holds far fewer (net.unix.max_dgram_qlen, 10 by default).
constexpr int kMostDrained = 4096;

FileDescriptor datagram_socket() noexcept {
  return FileDescriptor(::socket(AF_UNIX, kDatagramType, 0));
}

Failure datagram_failure(int error, const char* what) {
  return Failure(Error::make(code_of(error), error, "cannot %s", what));
}

// `<directory>/<number>`, without the heap. False: no socket can have so long a path.
bool name_receiver(sockaddr_un& address, const std::string& directory,
                   std::uint32_t number) noexcept {
  std::array<char, 10> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
  const auto digit_count = static_cast<std::size_t>(end - digits.begin());
  if (directory.size() + 1 + digit_count > kSocketPathBytes) return false;
  address.sun_family = AF_UNIX;
  char* const slash = address.sun_path + directory.copy(address.sun_path, directory.size());
  *slash = '/';
  std::copy(digits.begin(), end, slash + 1);
  return true;
}

int send_byte(int socket, const sockaddr_un& address) noexcept {
  constexpr std::byte kRing{1};
  const auto sent = retry_interrupted([&] {
    return ::sendto(socket, &kRing, sizeof kRing, MSG_DONTWAIT | MSG_NOSIGNAL, as_sockaddr(address),
                    sizeof address);
  });
  return sent == -1 ? errno : 0;
}

// What was sent and not read counts against the sender, whoever was to read it: those who never read
// must not keep it from ringing the others.
bool is_spent(int socket) noexcept {
  int unread_bytes = 0;
  int limit_bytes = 0;
  socklen_t size = sizeof limit_bytes;
  if (::ioctl(socket, SIOCOUTQ, &unread_bytes) != 0) return false;
  if (::getsockopt(socket, SOL_SOCKET, SO_SNDBUF, &limit_bytes, &size) != 0) return false;
  return unread_bytes >= limit_bytes / 2;
}

// Under the same number, so that other threads may be sending. What the former one sent stays sent.
void renew(int socket) noexcept {
  const FileDescriptor fresh = datagram_socket();
  if (fresh) (void)::dup3(fresh.get(), socket, O_CLOEXEC);
}

DatagramSent outcome_of(int error) noexcept {
  switch (error) {
    case 0:
      return DatagramSent::Sent;
    case EAGAIN:
      return DatagramSent::Full;
    case ECONNREFUSED:
    case ENOENT:
    case ENOTDIR:
      return DatagramSent::Nobody;
    default:
      return DatagramSent::Failed;
  }
}

}  // namespace

Result<FileDescriptor> bind_datagram_socket(const std::string& path, std::uint32_t mode,
                                            std::optional<std::uint32_t> gid) {
  FileDescriptor socket = datagram_socket();
  if (!socket) return datagram_failure(errno, "create a datagram socket");
  if (auto bound = bind_to_path(socket, path, {.mode = mode, .gid = gid}); !bound) {
    return Failure(bound.error());
  }
  return socket;
}

bool drain_datagrams(int socket) noexcept {
  for (int drained = 0; drained < kMostDrained; ++drained) {
    std::byte ignored{};
    const auto count =
        retry_interrupted([&] { return ::recv(socket, &ignored, sizeof ignored, MSG_DONTWAIT); });
    if (count < 0) return drained != 0;
  }
  return true;
}

Result<DatagramSender> DatagramSender::create(std::string directory) {
  FileDescriptor socket = datagram_socket();
  if (!socket) return datagram_failure(errno, "create a datagram socket");
  return DatagramSender(std::move(directory), std::move(socket));
}

DatagramSent DatagramSender::send(std::uint32_t number) const noexcept {
  sockaddr_un address{};
  if (!valid() || !name_receiver(address, directory_, number)) return DatagramSent::Nobody;
  const int saved_errno = errno;
  int error = send_byte(socket_.get(), address);
  if (error == EAGAIN) {
    if (is_spent(socket_.get())) renew(socket_.get());
    // Asked twice, since others may have read between the send and the look at what is unread.
    error = send_byte(socket_.get(), address);
    if (error == EAGAIN && is_spent(socket_.get())) error = ENOBUFS;
  }
  errno = saved_errno;
  return outcome_of(error);
}

}  // namespace tarn::platform
