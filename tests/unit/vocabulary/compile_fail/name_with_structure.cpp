// expect: must have a name of printable characters
#include <tarn/message.hpp>

struct Imu {
  static constexpr const char* kMessageName = "Imu{v2}";
  int number;
};
TARN_MESSAGE(Imu, number)
constexpr auto type = tarn::message_type<Imu>();
