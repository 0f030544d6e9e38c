#include "config/values.hpp"

#include <cstdint>
#include <limits>

#include "tests/support/catch.hpp"

using tarn::config::format_size;
using tarn::config::parse_number;
using tarn::config::parse_size;

TEST_CASE("a number is decimal digits and nothing else", "[config]") {
  CHECK(parse_number("0") == 0u);
  CHECK(parse_number("65536") == 65536u);
  CHECK(parse_number("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
  for (const auto* text : {"", "-1", "+1", " 1", "1 ", "0x10", "010", "1_000", "1e3", "1.0", "one",
                           "18446744073709551616"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_number(text));
  }
}

TEST_CASE("a size is a number directly followed by its unit", "[config]") {
  CHECK(parse_size("0B") == 0u);
  CHECK(parse_size("32B") == 32u);
  CHECK(parse_size("64KiB") == 65536u);
  CHECK(parse_size("16MiB") == std::uint64_t{16} << 20);
  CHECK(parse_size("3GiB") == std::uint64_t{3} << 30);
  for (const auto* text : {"", "32", "B", "KiB", "16 MiB", "16mib", "16MB", "16M", "16Mi", "1.5MiB",
                           "-1B", "0x10B", "1TiB", "17179869184GiB"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_size(text));
  }
}

TEST_CASE("a size is shown in the largest unit that is exact", "[config]") {
  CHECK(format_size(0) == "0B");
  CHECK(format_size(1023) == "1023B");
  CHECK(format_size(1536) == "1536B");
  CHECK(format_size(2048) == "2KiB");
  CHECK(format_size(std::uint64_t{16} << 20) == "16MiB");
  CHECK(format_size(std::uint64_t{1} << 40) == "1024GiB");
}
