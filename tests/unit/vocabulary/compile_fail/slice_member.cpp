// expect: a tarn::Slice is a whole message: as a member use tarn::List<T, N>
#include <tarn/slice.hpp>

struct Scan {
  int number;
  tarn::Slice<float> ranges;
};
TARN_MESSAGE(Scan, number, ranges)
