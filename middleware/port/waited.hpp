// How a wait of one end of a topic ended. A plain value.
#pragma once

#include <cstdint>

namespace tarn::port {

enum class Waited : std::uint8_t {
  Ready,
  TimedOut,
  Interrupted,  // a second passed, or another broker came: time to look for the broker
};

}  // namespace tarn::port
