// expect: must hold no pointers or references
#include <tarn/message.hpp>

struct Alias {
  int& number;
};
TARN_MESSAGE(Alias, number)
