// What the sensor demo sends, and on which topics. All times are nanoseconds of tarn::stamp_now().
// Every message ends in a checksum over all that stands before it (see examples/checksum.hpp); the
// fields leave no gaps, so it covers every byte. Values; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <tarn/message.hpp>

#include "examples/checksum.hpp"
#include "examples/sensors/geometry.hpp"

namespace sensors {

inline constexpr const char* kImuTopic = "sensor/imu";
inline constexpr const char* kCameraTopic = "camera/front";
inline constexpr const char* kAttitudeTopic = "sensor/attitude";

using Vector3 = std::array<float, 3>;     // x, y, z
using Quaternion = std::array<float, 4>;  // w, x, y, z: body to world

// One measurement of the inertial sensor.
struct Imu {
  std::uint64_t captured_ns;
  Vector3 specific_force;    // m/s^2, body
  Vector3 angular_rate;      // rad/s, body
  Quaternion true_attitude;  // which a real sensor could not know; the demo is graded by it
  std::uint32_t number;      // from 1
  std::uint32_t checksum;
};
TARN_MESSAGE(Imu, captured_ns, specific_force, angular_rate, true_attitude, number, checksum)

inline constexpr std::size_t kImageWidth = 640;
inline constexpr std::size_t kImageHeight = 480;
using Image =
    std::array<std::uint8_t, kImageWidth * kImageHeight>;  // row by row, from the top left

// One greyscale picture.
struct CameraFrame {
  std::uint64_t captured_ns;
  Image pixels;
  std::uint32_t number;  // from 1; also drawn into the picture
  std::uint32_t checksum;
};
TARN_MESSAGE(CameraFrame, captured_ns, pixels, number, checksum)

// What the fusion process makes of both.
struct Attitude {
  std::uint64_t captured_ns;  // of the last measurement in it
  Quaternion attitude;
  Vector3 gyroscope_bias;  // rad/s, as estimated
  float tilt_error;        // rad, between the estimated and the true "up"
  std::uint32_t number;    // from 1
  std::uint32_t checksum;
};
TARN_MESSAGE(Attitude, captured_ns, attitude, gyroscope_bias, tilt_error, number, checksum)

template <typename Message>
constexpr bool leaves_no_gap(std::size_t fields_bytes) {
  return fields_bytes == offsetof(Message, checksum) && fields_bytes + 4 == sizeof(Message);
}
static_assert(leaves_no_gap<Imu>(8 + 12 + 12 + 16 + 4));
static_assert(leaves_no_gap<CameraFrame>(8 + kImageWidth * kImageHeight + 4));
static_assert(leaves_no_gap<Attitude>(8 + 16 + 12 + 4 + 4));

inline Vector3 to_message(const Vector& vector) {
  return {static_cast<float>(vector.x), static_cast<float>(vector.y), static_cast<float>(vector.z)};
}
inline Quaternion to_message(const Rotation& rotation) {
  const auto [x, y, z] = to_message(rotation.v);
  return {static_cast<float>(rotation.w), x, y, z};
}
inline Vector from_message(const Vector3& message) { return {message[0], message[1], message[2]}; }
inline Rotation from_message(const Quaternion& message) {
  return {message[0], {message[1], message[2], message[3]}};
}

}  // namespace sensors
