// Estimates the attitude from gyroscope, accelerometer and horizon: the complementary filter of
// Mahony, Hamel and Pflimlin ("Nonlinear complementary filters on the special orthogonal group", IEEE
// Transactions on Automatic Control 53(5), 2008). The gyroscope is integrated; whatever knows where
// "up" is pulls the result into place and, over time, tells the gyroscope's bias. Nothing here knows
// the heading, which starts at zero. Knows nothing of messages. One thread at a time uses it.
#pragma once

#include <array>
#include <cstdint>

#include "examples/sensors/geometry.hpp"

namespace sensors {

class AttitudeFilter {
 public:
  // A measurement of the inertial sensor: rad/s and m/s^2 in body axes. In order of time.
  void predict(std::uint64_t captured_ns, const Vector& angular_rate, const Vector& specific_force);

  // Where the camera saw "up", in body axes. It may be older than the last predict() by up to a
  // tenth of a second or so; what is older, or newer, is ignored.
  void correct(std::uint64_t captured_ns, const Vector& up);

  [[nodiscard]] const Rotation& attitude() const { return attitude_; }
  [[nodiscard]] const Vector& gyroscope_bias() const { return bias_; }
  // True once a horizon has been used.
  [[nodiscard]] bool has_seen_horizon() const { return horizon_ns_ != 0; }

 private:
  struct Moment {
    std::uint64_t captured_ns = 0;
    Vector up;
  };
  // What was believed at this time; the default when that is forgotten or not yet known.
  [[nodiscard]] Moment moment_before(std::uint64_t time_ns) const;
  void pull(const Vector& turn);

  Rotation attitude_;
  Vector bias_;
  std::uint64_t last_ns_ = 0;     // 0: no measurement yet
  std::uint64_t horizon_ns_ = 0;  // 0: no horizon yet
  std::array<Moment, 128> past_{};
  std::size_t next_ = 0;  // index into past_
};

}  // namespace sensors
