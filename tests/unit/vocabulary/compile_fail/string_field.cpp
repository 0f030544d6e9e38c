// expect: must be trivially copyable: the type or a member of it has a copy
#include <string>

#include <tarn/message.hpp>

struct Greeting {
  std::string text;
};
TARN_MESSAGE(Greeting, text)
