// Unix sockets that carry whole packets (SOCK_SEQPACKET) between processes of one machine, with the
// kernel's word on who the peer is and with fds where they are asked for. It knows nothing of what
// the packets mean. All sockets are nonblocking and close-on-exec; waits are polls with a deadline;
// no call raises SIGPIPE. One owner; one thread at a time per object.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <tarn/result.hpp>

#include "platform/clock.hpp"
#include "platform/file_descriptor.hpp"

namespace tarn::platform {

// The longest path a Unix socket can be bound to.
inline constexpr std::size_t kSocketPathBytes = 107;
// The most fds in one packet that these calls handle.
inline constexpr std::size_t kDescriptorsPerPacket = 16;

// Who the peer was when it connected (or listened). The kernel says so, not the peer.
struct PeerCredentials {
  std::int32_t pid = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};

struct Packet {
  std::size_t bytes = 0;         // how much of the buffer was filled
  bool truncated = false;        // the packet was longer than the buffer; its rest is gone
  bool closed = false;           // no packet: the peer has hung up and nothing is left to read
  bool had_descriptors = false;  // fds came along that were not received; none was installed
  std::size_t descriptors = 0;   // fds received, by receive_with_fds only
};

class SeqPacketSocket {
 public:
  SeqPacketSocket() noexcept = default;
  // Takes over a connected socket, which must be nonblocking.
  explicit SeqPacketSocket(FileDescriptor socket) noexcept : socket_(std::move(socket)) {}

  // Waits, if it must, for room in the listener's queue. Nobody listening is an Error whose
  // system_errno() is ECONNREFUSED, no such path ENOENT; NotPermitted, TimedOut, and InvalidRuntime
  // for a path that is too long have codes of their own.
  [[nodiscard]] static Result<SeqPacketSocket> connect(const std::string& path,
                                                       MonotonicTime deadline);

  // Sends one packet, whole or not at all. An empty packet is InvalidArgument: the receiver could
  // not tell it from the end. A peer that has gone is System with EPIPE or ECONNRESET.
  [[nodiscard]] Result<void> send(std::span<const std::byte> packet, MonotonicTime deadline);
  [[nodiscard]] Result<void> send_with_fds(std::span<const std::byte> packet,
                                           std::span<const int> fds, MonotonicTime deadline);
  // True: sent. False: there is no room now.
  [[nodiscard]] Result<bool> try_send(std::span<const std::byte> packet);

  // Receives one packet and cannot receive an fd: the kernel is given no place to put one, so a
  // peer that sends fds costs us nothing but the had_descriptors flag. TimedOut is an Error.
  [[nodiscard]] Result<Packet> receive(std::span<std::byte> buffer, MonotonicTime deadline);
  // The same without waiting; empty when there is no packet now.
  [[nodiscard]] Result<std::optional<Packet>> try_receive(std::span<std::byte> buffer);
  // Receives up to fds.size() fds along with the packet, close-on-exec. More than that are dropped
  // by the kernel unopened and reported as had_descriptors.
  [[nodiscard]] Result<Packet> receive_with_fds(std::span<std::byte> buffer,
                                                std::span<FileDescriptor> fds,
                                                MonotonicTime deadline);

  [[nodiscard]] Result<PeerCredentials> credentials() const;
  // A pidfd of the peer for ProcessHandle::adopt. Kernels without SO_PEERPIDFD are asked by pid,
  // and then whether the peer is still connected: while it is, its pid cannot have been given to
  // somebody else. ENOSYS where there are no pidfds (before 5.3). A peer that has gone is ESRCH or,
  // since 6.16, a pidfd that is readable already.
  [[nodiscard]] Result<FileDescriptor> peer_pidfd() const;

  [[nodiscard]] int get() const noexcept { return socket_.get(); }
  [[nodiscard]] bool valid() const noexcept { return socket_.valid(); }
  void reset() noexcept { socket_.reset(); }

 private:
  FileDescriptor socket_;
};

class SeqPacketListener {
 public:
  SeqPacketListener() noexcept = default;

  // Binds `path` with exactly this mode and, if given, group, whatever the umask; both are in force
  // before the first peer can connect. A socket left by a dead listener is replaced: whoever calls
  // holds the lock that says so. Anything else in the way is InvalidRuntime, and so is a path over
  // kSocketPathBytes. Does not unlink the path at the end: its owner does, under the same lock.
  [[nodiscard]] static Result<SeqPacketListener> listen(
      const std::string& path, std::uint32_t mode, std::optional<std::uint32_t> gid = std::nullopt);

  // Empty: nobody is waiting.
  [[nodiscard]] Result<std::optional<SeqPacketSocket>> try_accept();

  [[nodiscard]] int get() const noexcept { return socket_.get(); }
  [[nodiscard]] bool valid() const noexcept { return socket_.valid(); }
  void reset() noexcept { socket_.reset(); }

 private:
  explicit SeqPacketListener(FileDescriptor socket) noexcept : socket_(std::move(socket)) {}

  FileDescriptor socket_;
};

// Two connected sockets; for tests and for threads of one process.
[[nodiscard]] Result<std::pair<SeqPacketSocket, SeqPacketSocket>> socket_pair();

}  // namespace tarn::platform
