// One connection to the broker's socket: sends requests, waits for their replies. Knows packets and
// deadlines, not what is asked. One owner, one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include <tarn/result.hpp>

#include "middleware/wire/control_messages.hpp"
#include "platform/clock.hpp"
#include "platform/file_descriptor.hpp"
#include "platform/poll_wait.hpp"
#include "platform/unix_socket.hpp"

namespace tarn::node {

// A reply, and the bytes and fds that belong to it. It stays where it is: the views in `reply` point
// into `bytes`.
struct ControlAnswer {
  ControlAnswer() = default;
  ControlAnswer(const ControlAnswer&) = delete;
  ControlAnswer& operator=(const ControlAnswer&) = delete;

  std::array<std::byte, wire::kMaxControlBytes> bytes;
  std::array<platform::FileDescriptor, 2> descriptors;
  std::size_t descriptor_count = 0;
  wire::Reply reply;
};

class ControlChannel {
 public:
  ControlChannel() noexcept = default;  // not connected

  // NoBroker names the path when nobody answers there in time; NotPermitted, InvalidRuntime.
  [[nodiscard]] static Result<ControlChannel> connect(const std::string& socket_path,
                                                      platform::MonotonicTime deadline);

  // Sends the request and waits for its reply. A refusal comes back as the broker's error. NoBroker:
  // it hung up or did not answer in time; ProtocolError: it answered nonsense.
  [[nodiscard]] Result<void> exchange(const wire::Request& request, ControlAnswer& answer,
                                      platform::MonotonicTime deadline);

  [[nodiscard]] bool connected() const noexcept { return socket_.valid(); }
  // Whether the broker has closed its end. Requires: connected.
  [[nodiscard]] bool has_hung_up() const noexcept { return platform::has_hung_up(socket_.get()); }
  [[nodiscard]] int get() const noexcept { return socket_.get(); }
  void reset() noexcept { socket_.reset(); }

  // The newest request that was answered.
  [[nodiscard]] std::uint32_t answered() const noexcept { return answered_; }
  // Goes on with the numbers of a connection that this one replaces.
  void continue_after(const ControlChannel& former) noexcept {
    sequence_ = former.sequence_;
    answered_ = former.answered_;
  }

 private:
  ControlChannel(std::string socket_path, platform::SeqPacketSocket socket) noexcept
      : socket_path_(std::move(socket_path)), socket_(std::move(socket)) {}
  Result<void> receive(ControlAnswer& answer, std::uint32_t sequence,
                       platform::MonotonicTime deadline);

  std::string socket_path_;
  platform::SeqPacketSocket socket_;
  std::uint32_t sequence_ = 0;
  std::uint32_t answered_ = 0;
};

}  // namespace tarn::node
