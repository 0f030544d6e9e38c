#include "examples/sensors/attitude_filter.hpp"

#include <algorithm>

namespace sensors {

namespace {

// The horizon is trusted: it pulls with a time constant of a sixth of a second. The filter's bias
// gain is a third of what would make it oscillate.
constexpr double kHorizonGain = 6.0;      // 1/s
constexpr double kHorizonBiasGain = 3.0;  // 1/s^2
constexpr double kLongestInterval = 0.1;  // s; so that one picture after a pause does not overshoot
constexpr double kHorizonPatience = 0.25;  // s without one, until the accelerometer has to do

// The accelerometer of a quadcopter feels the rotors' push, which points along its own z axis however
// it tilts; only drag tells up from down. So it is believed slowly.
constexpr double kAccelerometerGain = 0.2;  // 1/s

constexpr Vector kWorldUp{0, 0, 1};

double seconds_between(std::uint64_t earlier_ns, std::uint64_t later_ns) {
  return 1e-9 * static_cast<double>(later_ns - earlier_ns);
}

}  // namespace

void AttitudeFilter::predict(std::uint64_t captured_ns, const Vector& angular_rate,
                             const Vector& specific_force) {
  if (last_ns_ == 0) {
    attitude_ = turn_between(specific_force, kWorldUp);
  } else if (captured_ns > last_ns_) {
    const double seconds = seconds_between(last_ns_, captured_ns);
    attitude_ = normalised(attitude_ * turn_by(seconds * (angular_rate - bias_)));
    if (!has_seen_horizon() || captured_ns > horizon_ns_ + std::uint64_t(1e9 * kHorizonPatience)) {
      const Vector error = cross(normalised(specific_force), up_in_body(attitude_));
      pull(kAccelerometerGain * std::min(seconds, kLongestInterval) * error);
    }
  }
  last_ns_ = captured_ns;
  past_[next_] = {captured_ns, up_in_body(attitude_)};
  next_ = (next_ + 1) % past_.size();
}

void AttitudeFilter::correct(std::uint64_t captured_ns, const Vector& up) {
  const Moment then = moment_before(captured_ns);
  if (then.captured_ns == 0) return;
  // From then to now the body has turned, and the error with it; over milliseconds that is little.
  const Vector error = cross(up, then.up);
  if (!has_seen_horizon()) {
    attitude_ = normalised(attitude_ * turn_between(up, then.up));
  } else if (captured_ns > horizon_ns_) {
    const double seconds = std::min(seconds_between(horizon_ns_, captured_ns), kLongestInterval);
    pull(kHorizonGain * seconds * error);
    bias_ = bias_ - kHorizonBiasGain * seconds * error;
  }
  horizon_ns_ = std::max(horizon_ns_, captured_ns);
}

AttitudeFilter::Moment AttitudeFilter::moment_before(std::uint64_t time_ns) const {
  if (time_ns > last_ns_ + std::uint64_t(1e9 * kLongestInterval)) return {};
  Moment best;
  for (const Moment& moment : past_) {
    if (moment.captured_ns <= time_ns && moment.captured_ns > best.captured_ns) best = moment;
  }
  return best;
}

void AttitudeFilter::pull(const Vector& turn) { attitude_ = normalised(attitude_ * turn_by(turn)); }

}  // namespace sensors
