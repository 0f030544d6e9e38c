// expect: must hold no pointers or references
#include <tarn/message.hpp>

struct Chunk {
  int size;
  const char* text;
};
TARN_MESSAGE(Chunk, size, text)
