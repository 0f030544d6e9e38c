#include "config/values.hpp"

#include <cstdint>
#include <limits>

#include "tests/support/catch.hpp"

using tarn::config::format_duration;
using tarn::config::format_rate;
using tarn::config::format_size;
using tarn::config::parse_duration;
using tarn::config::parse_number;
using tarn::config::parse_rate;
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

TEST_CASE("a duration is a number of us, ms or s", "[config]") {
  CHECK(parse_duration("0s") == 0u);
  CHECK(parse_duration("7us") == 7'000u);
  CHECK(parse_duration("20ms") == 20'000'000u);
  CHECK(parse_duration("3600s") == 3'600'000'000'000u);
  for (const auto* text :
       {"", "s", "1", "1.5s", "1 s", "1S", "1min", "1ns", "1h", "-1s", "010ms", "18446744074s"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text));
  }
}

TEST_CASE("a rate is a number of Hz", "[config]") {
  CHECK(parse_rate("5Hz") == 5u);
  for (const auto* text : {"", "5", "5hz", "5kHz", "0.5Hz", "Hz", "5 Hz"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_rate(text));
  }
}

TEST_CASE("a duration and a rate are shown in a way that reads back", "[config]") {
  CHECK(format_duration(0) == "0s");
  CHECK(format_duration(60'000'000'000) == "60s");
  CHECK(format_duration(1'500'000'000) == "1500ms");
  CHECK(format_duration(1'000) == "1us");
  CHECK(format_rate(5) == "5Hz");
}
