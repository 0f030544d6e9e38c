// expect: tarn messages must have at most 1 GiB and an alignment of at most 64 bytes
#include <tarn/message.hpp>

struct alignas(128) Page {
  int number;
};
TARN_MESSAGE(Page, number)
