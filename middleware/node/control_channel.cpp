#include "middleware/node/control_channel.hpp"

#include <cerrno>
#include <span>
#include <variant>

#include "platform/shortage.hpp"

namespace tarn::node {

namespace {

// Errors of connect(2) and of a full queue that mean: nobody is there to talk to.
bool nobody_answers(const Error& error) noexcept {
  const int reason = error.system_errno();
  if (reason == EMFILE || reason == ENFILE) return false;  // that is us
  return error.code() == Errc::System || error.code() == Errc::TimedOut;
}

Result<void> refused(const ControlAnswer& answer) {
  const auto* const said = std::get_if<wire::Refused>(&answer.reply);
  if (said == nullptr) return {};
  return Failure(wire::to_error(*said));
}

}  // namespace

Result<ControlChannel> ControlChannel::connect(const std::string& socket_path,
                                               platform::MonotonicTime deadline) {
  auto socket = platform::SeqPacketSocket::connect(socket_path, deadline);
  if (socket) return ControlChannel(socket_path, std::move(*socket));
  if (!nobody_answers(socket.error())) return Failure(socket.error());
  return Failure(Error::make(Errc::NoBroker, socket.error().system_errno(),
                             "no broker answers at %s: start one with `tarn broker`",
                             socket_path.c_str()));
}

Result<void> ControlChannel::exchange(const wire::Request& request, ControlAnswer& answer,
                                      platform::MonotonicTime deadline) {
  const std::uint32_t sequence = ++sequence_;
  const auto packet = wire::encode_request(request, sequence, answer.bytes);
  if (!packet) return Failure(packet.error());
  if (const auto sent = socket_.send(*packet, deadline); !sent) {
    // Nothing was sent, and the broker has no part in it.
    if (platform::is_shortage(sent.error().system_errno())) return sent;
    // One that turns us away does not wait for a request, and may have said why.
    const auto told = receive(answer, sequence, platform::monotonic_now());
    if (const auto no = told ? refused(answer) : Result<void>(); !no) return no;
    return Failure(Error::make(Errc::NoBroker, sent.error().system_errno(),
                               "the broker at %s takes no requests any more",
                               socket_path_.c_str()));
  }
  const auto received = receive(answer, sequence, deadline);
  if (!received) return received;
  return refused(answer);
}

Result<void> ControlChannel::receive(ControlAnswer& answer, std::uint32_t sequence,
                                     platform::MonotonicTime deadline) {
  for (;;) {
    const auto packet = socket_.receive_with_fds(answer.bytes, answer.descriptors, deadline);
    if (!packet || packet->closed) {
      const bool late = !packet && packet.error().code() == Errc::TimedOut;
      return Failure(Error::make(Errc::NoBroker, packet ? 0 : packet.error().system_errno(),
                                 "the broker at %s %s", socket_path_.c_str(),
                                 late ? "did not answer in time" : "hung up"));
    }
    const auto reply =
        wire::decode_reply(std::span<const std::byte>(answer.bytes).first(packet->bytes));
    if (!reply) return Failure(reply.error());
    const bool of_connection =
        reply->sequence == wire::kNoRequest && std::holds_alternative<wire::Refused>(reply->reply);
    if (reply->sequence != sequence && !of_connection)
      continue;  // the late answer to a request that timed out
    answer.descriptor_count = packet->descriptors;
    answer.reply = reply->reply;
    answered_ = sequence;
    return {};
  }
}

}  // namespace tarn::node
