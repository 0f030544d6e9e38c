// expect: must be described
#include <tarn/message.hpp>

struct Point {
  float x, y;
};
struct Scan {
  Point origin;
};
TARN_MESSAGE(Scan, origin)
