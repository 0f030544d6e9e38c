// expect: after the type, in its namespace
#include <tarn/message.hpp>

namespace sensor {
struct Imu {
  float accel[3];
};
}  // namespace sensor
TARN_MESSAGE(sensor::Imu, accel)
