// expect: must be described: put TARN_MESSAGE(Type, field, ...) after the type
#include <tarn/message.hpp>

struct Imu {
  float accel[3];
};
constexpr auto type = tarn::message_type<Imu>();
