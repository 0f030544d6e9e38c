// Unix datagram sockets as bells: a socket bound to a path is rung by a datagram of one byte, from any
// process that may write to the path, and stays readable until it is drained. It knows nothing of who
// sleeps. Nobody is ever waited for: a bell that is full has been rung already. No call raises SIGPIPE.
// One owner; drain() is its thread's, send() anybody's, from a signal handler too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <tarn/result.hpp>

#include "platform/file_descriptor.hpp"

namespace tarn::platform {

// A nonblocking datagram socket at `path` with exactly this mode and, if given, group. A socket that is
// there is replaced; anything else in the way is InvalidRuntime, and so is a path over kSocketPathBytes.
// Does not unlink the path at the end: its owner does.
[[nodiscard]] Result<FileDescriptor> bind_datagram_socket(
    const std::string& path, std::uint32_t mode, std::optional<std::uint32_t> gid = std::nullopt);

// Takes away what came so far. True: there was something. What somebody sends without end is left for
// the next time.
bool drain_datagrams(int socket) noexcept;

enum class DatagramSent {
  Sent,
  Full,    // the receiver has unread ones in plenty: rung already
  Nobody,  // no such path, or no socket behind it any more
  Failed,  // not permitted, or the kernel has no memory or file descriptor left
};

// The sending end of one process: one fd, whomever it sends to.
class DatagramSender {
 public:
  DatagramSender() noexcept = default;  // sends to nobody
  // To receivers in `directory` that are named by numbers.
  [[nodiscard]] static Result<DatagramSender> create(std::string directory);

  // One byte to the socket `<directory>/<number>`. Never waits. Leaves errno alone.
  DatagramSent send(std::uint32_t number) const noexcept;

  [[nodiscard]] bool valid() const noexcept { return socket_.valid(); }

 private:
  DatagramSender(std::string directory, FileDescriptor socket) noexcept
      : directory_(std::move(directory)), socket_(std::move(socket)) {}

  std::string directory_;
  FileDescriptor socket_;
};

}  // namespace tarn::platform
