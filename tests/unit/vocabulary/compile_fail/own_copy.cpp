// expect: must be trivially copyable: the type or a member of it has a copy
#include <tarn/message.hpp>

struct Counted {
  Counted(const Counted& other) : copies(other.copies + 1) {}
  int copies;
};
TARN_MESSAGE(Counted, copies)
