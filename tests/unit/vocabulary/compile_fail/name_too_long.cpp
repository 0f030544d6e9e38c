// expect: must have a name of at most 63 bytes
#include <tarn/message.hpp>

struct NameThatGoesOnAndOnAndOnAndOnUntilNobodyCanRememberHowItBeganAnymore {
  int number;
};
TARN_MESSAGE(NameThatGoesOnAndOnAndOnAndOnUntilNobodyCanRememberHowItBeganAnymore, number)
constexpr auto type =
    tarn::message_type<NameThatGoesOnAndOnAndOnAndOnUntilNobodyCanRememberHowItBeganAnymore>();
