#include "middleware/wire/byte_reader.hpp"

#include <array>
#include <string>

#include "tests/support/catch.hpp"

using tarn::wire::ByteReader;

namespace {

template <typename... Values>
std::array<std::byte, sizeof...(Values)> bytes_of(Values... values) {
  return {static_cast<std::byte>(values)...};
}

}  // namespace

TEST_CASE("a byte reader reads little-endian numbers one behind the other", "[wire]") {
  const auto bytes = bytes_of(0x01, 0x03, 0x02, 0x07, 0x06, 0x05, 0x04, 0x0f, 0x0e, 0x0d, 0x0c,
                              0x0b, 0x0a, 0x09, 0x08);
  ByteReader reader(bytes);
  CHECK(reader.u8() == 0x01);
  CHECK(reader.u16() == 0x0203);
  CHECK(reader.u32() == 0x04050607);
  CHECK_FALSE(reader.at_end());
  CHECK(reader.u64() == 0x08090a0b0c0d0e0f);
  CHECK(reader.ok());
  CHECK(reader.at_end());
}

TEST_CASE("a byte reader that met the end answers zero from then on", "[wire]") {
  const auto bytes = bytes_of(0x11, 0x22, 0x33);
  ByteReader reader(bytes);
  CHECK(reader.u16() == 0x2211);
  CHECK(reader.u32() == 0);
  CHECK_FALSE(reader.ok());
  CHECK(reader.u8() == 0);  // there is a byte, but what it belongs to is unknown
  CHECK(reader.bytes(1).empty());
  CHECK(reader.remaining() == 1);
}

TEST_CASE("a byte reader of nothing is at its end and misses the first field", "[wire]") {
  ByteReader reader({});
  CHECK(reader.ok());
  CHECK(reader.at_end());
  CHECK(reader.u8() == 0);
  CHECK_FALSE(reader.ok());
}

TEST_CASE("a byte reader answers a text as a view into what it reads", "[wire]") {
  const auto bytes = bytes_of(3, 0, 'i', 'm', 'u', 0, 0);
  ByteReader reader(bytes);
  const std::string_view text = reader.text(3);
  CHECK(text == "imu");
  CHECK(static_cast<const void*>(text.data()) == &bytes[2]);
  CHECK(reader.text(0).empty());
  CHECK(reader.ok());
  CHECK(reader.at_end());
}

TEST_CASE("a byte reader refuses a text", "[wire]") {
  const auto bytes = bytes_of(3, 0, 'i', 'm', 'u');
  SECTION("that is longer than the caller allows") {
    ByteReader reader(bytes);
    CHECK(reader.text(2).empty());
    CHECK_FALSE(reader.ok());
  }
  SECTION("that claims more bytes than there are") {
    ByteReader reader{std::span(bytes).first(4)};
    CHECK(reader.text(100).empty());
    CHECK_FALSE(reader.ok());
  }
  SECTION("whose length is cut short") {
    ByteReader reader{std::span(bytes).first(1)};
    CHECK(reader.text(100).empty());
    CHECK_FALSE(reader.ok());
  }
}
