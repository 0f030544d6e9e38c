// expect: must hold no pointers or references
#include <tarn/message.hpp>

struct Lines {
  const char* text[4];
};
TARN_MESSAGE(Lines, text)
struct Page {
  Lines lines;
};
TARN_MESSAGE(Page, lines)
