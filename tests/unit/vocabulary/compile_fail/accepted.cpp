// Compiles: the includes and flags of the refused sources are in order.
#include <tarn/message.hpp>

struct Point {
  float x, y;
};
TARN_MESSAGE(Point, x, y)
struct Scan {
  Point origin;
  float ranges[8];
};
TARN_MESSAGE(Scan, origin, ranges)
constexpr auto type = tarn::message_type<Scan>();
