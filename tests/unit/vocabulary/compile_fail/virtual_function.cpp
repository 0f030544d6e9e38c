// expect: must be trivially copyable: a virtual function means nothing
#include <tarn/message.hpp>

struct Shape {
  virtual int area() const;
  int width;
};
TARN_MESSAGE(Shape, width)
