#include "middleware/wire/byte_writer.hpp"

#include <array>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/unit/wire/hex.hpp"

using tarn::wire::ByteWriter;
using tarn::wire::test::hex;

TEST_CASE("a byte writer writes numbers little endian and without padding", "[wire]") {
  std::array<std::byte, 15> buffer{};
  ByteWriter writer(buffer);
  writer.u8(0x01);
  writer.u16(0x0203);
  writer.u32(0x04050607);
  writer.u64(0x08090a0b0c0d0e0f);
  CHECK(writer.fits());
  CHECK(hex(writer.written()) ==
        "01030207060504"
        "0f0e0d0c0b0a0908");
}

TEST_CASE("a byte writer writes a text as its length and its bytes", "[wire]") {
  std::array<std::byte, 8> buffer{};
  ByteWriter writer(buffer);
  writer.text("imu");
  writer.text("");
  CHECK(writer.fits());
  CHECK(hex(writer.written()) == "0300696d750000");
}

TEST_CASE("a byte writer that ran out of room writes nothing more", "[wire]") {
  std::array<std::byte, 3> buffer{};
  ByteWriter writer(buffer);
  writer.u16(0x1234);
  SECTION("when a number does not fit") {
    writer.u16(0x5678);
    CHECK_FALSE(writer.fits());
    writer.u8(0x9a);  // would fit
    CHECK(hex(writer.written()) == "3412");
  }
  SECTION("when a text does not fit, of which not even the length is left") {
    writer.text("x");
    CHECK_FALSE(writer.fits());
    CHECK(hex(writer.written()) == "3412");
  }
  SECTION("but fills its last byte") {
    writer.u8(0x56);
    CHECK(writer.fits());
    CHECK(hex(writer.written()) == "341256");
  }
}

TEST_CASE("a byte writer refuses a text whose length has no place in 16 bits", "[wire]") {
  std::vector<std::byte> buffer(80000);
  ByteWriter writer(buffer);
  SECTION("65536 bytes are too many") {
    writer.text(std::string(65536, 'x'));
    CHECK_FALSE(writer.fits());
    CHECK(writer.written().empty());
  }
  SECTION("65535 are not") {
    writer.text(std::string(65535, 'x'));
    CHECK(writer.fits());
    CHECK(writer.written().size() == 65537);
  }
}
