#include <tarn/topic_name.hpp>

#include <string>
#include <string_view>

#include <tarn/limits.hpp>

#include "tests/support/catch.hpp"

using tarn::check_topic_name;
using tarn::check_user_topic_name;
using tarn::Errc;

namespace {

std::string refusal_of(std::string_view name) {
  const auto checked = check_topic_name(name);
  if (checked) return "";
  CHECK(checked.error().code() == Errc::InvalidTopic);
  return checked.error().message();
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a topic name is made of segments joined by slashes", "[topic_name]") {
  for (const auto* name :
       {"imu", "sensor/imu", "a/b/c/d", "Robot_1/arm.left/joint-3", "0", ".", "-"}) {
    CAPTURE(name);
    CHECK(check_topic_name(name));
  }
}

TEST_CASE("a topic name has 1 to 127 bytes", "[topic_name]") {
  CHECK(holds(refusal_of(""), "is empty"));
  CHECK(check_topic_name(std::string(1, 'x')));
  CHECK(check_topic_name(std::string(127, 'x')));
  CHECK(holds(refusal_of(std::string(128, 'x')), "has 128 bytes; allowed are 1 to 127"));
}

TEST_CASE("a topic name has no empty segment", "[topic_name]") {
  CHECK(holds(refusal_of("/imu"), "found '/' at position 1 "));
  CHECK(holds(refusal_of("imu/"), "found '/' at position 4 "));
  CHECK(holds(refusal_of("a//b"), "found '/' at position 3 "));
  CHECK(holds(refusal_of("/"), "found '/' at position 1 "));
}

TEST_CASE("a refused topic name shows its first bad byte and where it is", "[topic_name]") {
  CHECK(holds(refusal_of("sensor imu"), "'sensor imu': found ' ' at position 7;"));
  CHECK(holds(refusal_of("sensor/*"), "found '*' at position 8;"));
  CHECK(holds(refusal_of("a:b;c"), "found ':' at position 2;"));
  SECTION("escaped when it does not print") {
    CHECK(holds(refusal_of("tab\there"), "'tab\\x09here': found '\\x09' at position 4;"));
    CHECK(holds(refusal_of(std::string_view("nul\0", 4)), "found '\\x00' at position 4;"));
    CHECK(holds(refusal_of("gr\xc3\xb6\xc3\x9f"
                           "e"),
                "found '\\xc3' at position 3;"));
    CHECK(holds(refusal_of("back\\slash"), "found '\\x5c' at position 5;"));
  }
  SECTION("also when the whole name does not fit into the text") {
    const std::string name = std::string(126, '\x01');
    CHECK(holds(refusal_of(name), "...': found '\\x01' at position 1;"));
  }
}

TEST_CASE("every byte is allowed in a topic name or shown in its refusal", "[topic_name]") {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-/";
  for (int value = 0; value < 256; ++value) {
    const char byte = static_cast<char>(value);
    const std::string name = {'a', byte, 'b'};
    CAPTURE(value);
    CHECK(check_topic_name(name).has_value() == (kAllowed.find(byte) != std::string_view::npos));
  }
}

TEST_CASE("topics under tarn/ are reserved", "[topic_name]") {
  CHECK(tarn::is_reserved_topic_name("tarn/stats"));
  CHECK(check_topic_name("tarn/stats"));
  const auto refused = check_user_topic_name("tarn/stats");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::InvalidTopic);
  CHECK(holds(refused.error().message(), "reserved"));
  SECTION("and nothing else is") {
    CHECK(check_user_topic_name("tarn"));
    CHECK(check_user_topic_name("tarnish/spoon"));
    CHECK(check_user_topic_name("lake/tarn/depth"));
  }
  SECTION("and users' names follow the rules of all names") {
    CHECK_FALSE(check_user_topic_name("a b"));
  }
}
