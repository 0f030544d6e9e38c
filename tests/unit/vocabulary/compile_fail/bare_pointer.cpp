// expect: must hold no pointers or references
#include <tarn/message.hpp>

constexpr auto type = tarn::message_type<int*>();
