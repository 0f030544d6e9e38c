// expect: must be described
#include <tarn/message.hpp>

struct Base {
  int number;
};
TARN_MESSAGE(Base, number)
struct Derived : Base {};
constexpr auto type = tarn::message_type<Derived>();
