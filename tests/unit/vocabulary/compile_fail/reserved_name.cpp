// expect: tarn messages must not have a name that begins with 'tarn.': it is reserved
#include <tarn/message.hpp>

struct Mine {
  static constexpr const char* kMessageName = "tarn.Text";
  int number;
};
TARN_MESSAGE(Mine, number)
