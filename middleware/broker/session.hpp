// One connection to the broker and what is known of whoever is at its other end. A plain record; its
// owner is Sessions.
#pragma once

#include <cstdint>

#include "middleware/directory/records_layout.hpp"
#include "middleware/wire/control_session.hpp"
#include "platform/clock.hpp"
#include "platform/unix_socket.hpp"

namespace tarn::broker {

struct Session {
  platform::SeqPacketSocket socket;  // invalid: the place is free
  wire::ControlPhase phase = wire::ControlPhase::Connected;
  platform::PeerCredentials peer;
  std::uint32_t client = directory::kNone;  // its record, once it has said hello
  std::uint32_t request = 0;                // sequence of the packet being answered
  platform::MonotonicTime deadline;         // of the handshake

  // In the middle of the handshake: not yet anybody.
  [[nodiscard]] bool is_pending() const noexcept {
    return socket.valid() &&
           (phase == wire::ControlPhase::Connected || phase == wire::ControlPhase::Welcomed);
  }
};

}  // namespace tarn::broker
