// expect: tarn messages must hold no pointers or references
#include <tarn/list.hpp>

struct Names {
  tarn::List<const char*, 4> names;
};
TARN_MESSAGE(Names, names)
