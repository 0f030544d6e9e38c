// What may be asked when on one control connection. Knows the order of messages, nothing of their
// contents. A plain value per connection; its owner's thread.
//
//   Connected --Hello--> Welcomed --Ready--> Open --Goodbye--> Ended
//             --Hello of an observer--> Observing --Goodbye--> Ended
//
// Create and Close requests come in Open alone, Reload in Open and Observing. A refused request leaves the phase as it was, but
// for Hello and Ready, after whose refusal the broker closes the connection.
#pragma once

#include <cstdint>

#include <tarn/result.hpp>

#include "middleware/wire/control_messages.hpp"

namespace tarn::wire {

enum class ControlPhase : std::uint8_t { Connected, Welcomed, Open, Observing, Ended };

// The phase after `request` has been granted. ProtocolError, naming both, when it may not be asked.
[[nodiscard]] Result<ControlPhase> next_phase(ControlPhase phase, const Request& request);

}  // namespace tarn::wire
