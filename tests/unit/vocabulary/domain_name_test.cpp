#include "middleware/vocabulary/domain_name.hpp"

#include <string>
#include <string_view>

#include "tests/support/catch.hpp"

using tarn::vocabulary::check_domain_name;

namespace {

std::string refusal_of(std::string_view name) {
  const auto checked = check_domain_name(name);
  if (checked) return "";
  CHECK(checked.error().code() == tarn::Errc::InvalidArgument);
  return checked.error().message();
}

}  // namespace

TEST_CASE("a domain name has 1 to 32 bytes", "[domain_name]") {
  CHECK(check_domain_name("default"));
  CHECK(check_domain_name(std::string(32, 'x')));
  CHECK(refusal_of("") == "domain name '' has 0 bytes; allowed are 1 to 32");
  CHECK(refusal_of(std::string(33, 'x')).find("has 33 bytes") != std::string::npos);
}

TEST_CASE("a domain name cannot leave its directory", "[domain_name]") {
  CHECK(refusal_of("..").find("found '.' at position 1") != std::string::npos);
  CHECK(refusal_of("a/b").find("found '/' at position 2") != std::string::npos);
}

TEST_CASE("a domain name is lower case, digits, underscore and dash", "[domain_name]") {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789_-";
  for (int value = 0; value < 256; ++value) {
    const char byte = static_cast<char>(value);
    CAPTURE(value);
    CHECK(check_domain_name(std::string_view(&byte, 1)).has_value() ==
          (kAllowed.find(byte) != std::string_view::npos));
  }
}
