// Where the quadcopter is at any time, and what perfect sensors on it would measure. The flight is a
// function of the monotonic clock, so all drivers see the same one without talking to each other.
// Knows nothing of noise, messages or topics. Pure functions; any thread.
#pragma once

#include "examples/sensors/geometry.hpp"

namespace sensors {

inline constexpr double kGravity = 9.80665;  // m/s^2, standard gravity (ISO 80000-3)

struct Motion {
  Vector position;        // m, world
  Vector velocity;        // m/s, world
  Vector acceleration;    // m/s^2, world
  Rotation attitude;      // body to world
  Vector angular_rate;    // rad/s, body: what a gyroscope measures
  Vector specific_force;  // m/s^2, body: what an accelerometer measures
};

[[nodiscard]] Motion motion_at(double seconds);

}  // namespace sensors
