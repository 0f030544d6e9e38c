// Makes the measurements of a real inertial sensor out of perfect ones: adds white noise and biases
// that wander. Knows nothing of flight or messages. One thread uses it.
#pragma once

#include <random>

#include "examples/sensors/geometry.hpp"

namespace sensors {

// One of the two sensors in an IMU, after the model of Kalibr ("IMU Noise Model", wiki of
// github.com/ethz-asl/kalibr): measured = true + bias + noise, on each axis for itself.
struct NoiseFigures {
  double noise_density;  // unit/sqrt(Hz)
  double random_walk;    // of the bias, unit/s/sqrt(Hz)
  double initial_bias;   // standard deviation at power-on, unit
};

// The ADIS16448, the MEMS sensor on the quadcopter that recorded the EuRoC data sets: densities and
// random walks from their mav0/imu0/sensor.yaml (Burri et al., "The EuRoC micro aerial vehicle
// datasets", IJRR 2016), initial biases from the part's data sheet (0.5 degrees/s, 20 mg).
inline constexpr NoiseFigures kGyroscope{1.6968e-4, 1.9393e-5, 8.7e-3};  // rad/s
inline constexpr NoiseFigures kAccelerometer{2.0e-3, 3.0e-3, 0.196};     // m/s^2

struct ImuMeasurement {
  Vector angular_rate;    // rad/s
  Vector specific_force;  // m/s^2
};

class ImuModel {
 public:
  // The same seed gives the same sensor.
  ImuModel(double sample_rate_hz, std::uint32_t seed);

  [[nodiscard]] ImuMeasurement measure(const Vector& true_angular_rate,
                                       const Vector& true_specific_force);

  [[nodiscard]] const Vector& gyroscope_bias() const { return gyroscope_.bias; }

 private:
  struct Sensor {
    double noise;  // standard deviation of one sample
    double step;   // standard deviation of the bias's change between samples
    Vector bias;
  };
  Sensor make_sensor(const NoiseFigures& figures, double sample_rate_hz);
  Vector measure_one(Sensor& sensor, const Vector& truth);
  Vector random_vector(double deviation);

  std::mt19937 random_;
  std::normal_distribution<double> normal_;
  Sensor gyroscope_;
  Sensor accelerometer_;
};

}  // namespace sensors
