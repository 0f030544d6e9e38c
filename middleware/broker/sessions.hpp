// The connections of the broker: takes them in, reads one packet at a time from each, answers, and
// closes whoever sends what cannot be. Nothing here waits for a peer, and no peer decides how much
// memory is used: the places are made at the start, requests are read into one buffer, and a reply
// that finds no room in the socket's own queue ends its connection. Knows packets, not what they do.
// Owned by the broker; one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <tarn/limits.hpp>
#include <tarn/result.hpp>

#include "middleware/broker/journal.hpp"
#include "middleware/broker/requests.hpp"
#include "middleware/broker/session.hpp"
#include "platform/poller.hpp"
#include "platform/unix_socket.hpp"
#include "platform/wakeup.hpp"

namespace tarn::broker {

inline constexpr std::uint32_t kMostPendingSessions = 16;  // in the middle of the handshake

class Sessions {
 public:
  struct Surroundings {
    Requests& requests;
    Registry& registry;
    Journal& journal;
    platform::Poller& poller;
    platform::SeqPacketListener listener;
    platform::Wakeup reserve;  // an fd to give up when there are none left
    std::chrono::nanoseconds handshake_limit;
  };

  // `most` besides those in the middle of the handshake.
  Sessions(Surroundings surroundings, std::uint32_t most);

  [[nodiscard]] Result<void> start();
  void close_all();
  // See Broker::close_in_child().
  void close_in_child() noexcept;

  void on_listener();
  void on_session(std::uint32_t index);
  // The record of this client is gone.
  void client_gone(std::uint32_t client);
  // Ends handshakes that take too long, and rests.
  void on_time(platform::MonotonicTime now);
  // When on_time() has something to do; kForever for never.
  [[nodiscard]] platform::MonotonicTime next_deadline() const noexcept;

 private:
  [[nodiscard]] Session* find_free() noexcept;
  [[nodiscard]] std::uint32_t pending() const noexcept;
  [[nodiscard]] std::uint32_t index_of(const Session& session) const noexcept;
  bool accept_one();
  bool shed_connection();
  void rest();
  void listen_if_room();

  // False: there was nothing to read, or the connection has ended.
  bool receive(Session& session);
  void respond(Session& session, std::span<const std::byte> packet);
  void grant(Session& session, const wire::RequestPacket& packet, wire::ControlPhase next);
  [[nodiscard]] Result<void> send(Session& session, std::uint32_t sequence, const Answer& answer);
  void protocol_error(Session& session, const char* what);
  void end_other_session_of(std::uint32_t client, const Session& session);
  void close(Session& session);

  Surroundings at_;
  std::vector<Session> sessions_;
  std::vector<std::byte> buffer_;  // of the packet being read
  bool listening_ = false;
  platform::MonotonicTime rest_until_ = platform::MonotonicTime::min();  // from taking anybody in
};

}  // namespace tarn::broker
