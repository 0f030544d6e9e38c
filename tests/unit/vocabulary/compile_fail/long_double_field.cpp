// expect: must have the same layout on every machine
#include <tarn/message.hpp>

struct Precise {
  long double value;
};
TARN_MESSAGE(Precise, value)
