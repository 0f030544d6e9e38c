// What the first examples send: one reading of a thermometer. Publisher and subscriber include the
// same header, so they agree; if they did not, tarn would refuse the second one and show both types.
#pragma once

#include <cstdint>

#include <tarn/message.hpp>

#include "examples/checksum.hpp"

namespace examples {

inline constexpr const char* kReadingTopic = "room/temperature";

struct Reading {
  std::uint32_t number;  // from 1
  float celsius;
  std::uint32_t checksum;
};
TARN_MESSAGE(Reading, number, celsius, checksum)

}  // namespace examples
