#include "examples/sensors/imu_model.hpp"

namespace sensors {

ImuModel::ImuModel(double sample_rate_hz, std::uint32_t seed)
    : random_(seed),
      gyroscope_(make_sensor(kGyroscope, sample_rate_hz)),
      accelerometer_(make_sensor(kAccelerometer, sample_rate_hz)) {}

ImuModel::Sensor ImuModel::make_sensor(const NoiseFigures& figures, double sample_rate_hz) {
  // Densities are per root of bandwidth: sampling faster takes in more noise, and gives each step of
  // the random walk less time.
  const double root_of_rate = std::sqrt(sample_rate_hz);
  return {.noise = figures.noise_density * root_of_rate,
          .step = figures.random_walk / root_of_rate,
          .bias = random_vector(figures.initial_bias)};
}

ImuMeasurement ImuModel::measure(const Vector& true_angular_rate,
                                 const Vector& true_specific_force) {
  return {.angular_rate = measure_one(gyroscope_, true_angular_rate),
          .specific_force = measure_one(accelerometer_, true_specific_force)};
}

Vector ImuModel::measure_one(Sensor& sensor, const Vector& truth) {
  sensor.bias = sensor.bias + random_vector(sensor.step);
  return truth + sensor.bias + random_vector(sensor.noise);
}

Vector ImuModel::random_vector(double deviation) {
  const double x = normal_(random_);
  const double y = normal_(random_);
  const double z = normal_(random_);
  return deviation * Vector{x, y, z};
}

}  // namespace sensors
