#include "examples/sensors/trajectory.hpp"

#include <numbers>

namespace sensors {

namespace {

// A figure of eight, 8 m long and 2 m wide, every six seconds, gently up and down, while the nose
// swings to both sides.
struct Wave {
  double amplitude;
  double angular_frequency;  // rad/s
};
constexpr double kLapRate = 2 * std::numbers::pi / 6.0;
constexpr Wave kEast{4.0, kLapRate};
constexpr Wave kNorth{1.0, 2 * kLapRate};
constexpr Wave kUp{0.4, 1.5 * kLapRate};
constexpr Wave kHeading{0.4, 0.5 * kLapRate};
constexpr double kHeight = 3.0;

// Rotor drag is close to linear in the velocity. Deceleration per velocity in 1/s, of the size that
// Faessler, Franchi and Scaramuzza identified for a small quadrotor ("Differential flatness of
// quadrotor dynamics subject to rotor drag", IEEE Robotics and Automation Letters, 2018), taken to
// be the same along all axes.
constexpr double kDrag = 0.5;

// The `order`th derivative of amplitude * sin(angular_frequency * seconds).
double wave(const Wave& of, double seconds, int order) {
  const double phase = of.angular_frequency * seconds + order * std::numbers::pi / 2;
  return of.amplitude * std::pow(of.angular_frequency, order) * std::sin(phase);
}

Vector position_derivative(double seconds, int order) {
  return {wave(kEast, seconds, order), wave(kNorth, seconds, order), wave(kUp, seconds, order)};
}

// A vector and how fast it changes.
struct Moving {
  Vector value;
  Vector rate;
};

Moving moving_cross(const Moving& a, const Moving& b) {
  return {cross(a.value, b.value), cross(a.rate, b.value) + cross(a.value, b.rate)};
}

// d(a/|a|)/dt is the part of da/dt across a, over |a|.
Moving moving_direction(const Moving& a) {
  const double size = length(a.value);
  const Vector direction = (1 / size) * a.value;
  return {direction, (1 / size) * (a.rate - dot(direction, a.rate) * direction)};
}

}  // namespace

// A quadcopter can only push along its own z axis, so position and heading over time already say its
// whole attitude (Mellinger and Kumar, "Minimum snap trajectory generation and control for
// quadrotors", ICRA 2011). Every derivative below is exact.
Motion motion_at(double seconds) {
  const Vector velocity = position_derivative(seconds, 1);
  const Vector acceleration = position_derivative(seconds, 2);
  const Vector jerk = position_derivative(seconds, 3);

  // What the rotors have to push, per mass: against gravity, inertia and drag.
  const Moving thrust{acceleration + kDrag * velocity + Vector{0, 0, kGravity},
                      jerk + kDrag * acceleration};
  const double heading = wave(kHeading, seconds, 0);
  const double heading_rate = wave(kHeading, seconds, 1);
  const Moving nose{{std::cos(heading), std::sin(heading), 0},
                    heading_rate * Vector{-std::sin(heading), std::cos(heading), 0}};

  const Moving z = moving_direction(thrust);
  const Moving y = moving_direction(moving_cross(z, nose));
  const Moving x = moving_cross(y, z);

  Motion motion;
  motion.position = position_derivative(seconds, 0) + Vector{0, 0, kHeight};
  motion.velocity = velocity;
  motion.acceleration = acceleration;
  motion.attitude = from_axes(x.value, y.value, z.value);
  // An axis of a turning body changes by rate x axis; so each component is one axis seen from another.
  motion.angular_rate = {dot(z.value, y.rate), dot(x.value, z.rate), dot(y.value, x.rate)};
  const Vector felt = acceleration + Vector{0, 0, kGravity};
  motion.specific_force = {dot(x.value, felt), dot(y.value, felt), dot(z.value, felt)};
  return motion;
}

}  // namespace sensors
