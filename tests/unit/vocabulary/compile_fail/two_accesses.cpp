// expect: must have standard layout
#include <tarn/message.hpp>

class Reading {
 public:
  int value;

 private:
  int checksum_;
};
TARN_MESSAGE(Reading, value)
