#include <tarn/maybe.hpp>

#include <cstring>
#include <type_traits>

#include "tests/support/catch.hpp"

using tarn::Maybe;

namespace {

struct Fix {
  double latitude;
  Maybe<double> altitude;
  Maybe<std::uint8_t> satellites;
};
TARN_MESSAGE(Fix, latitude, altitude, satellites)

constexpr bool works_at_compile_time() {
  Maybe<int> maybe;
  maybe = 3;
  return maybe.has_value() && *maybe == 3 && Maybe<int>(std::nullopt).value_or(7) == 7;
}
static_assert(works_at_compile_time());
static_assert(std::has_unique_object_representations_v<Maybe<std::uint64_t>>);  // no padding
static_assert(sizeof(Maybe<double>) == 16 && sizeof(Maybe<std::uint8_t>) == 2);

}  // namespace

TEST_CASE("a maybe can be a message and a member of one", "[maybe]") {
  STATIC_REQUIRE(tarn::Message<Fix>);
  STATIC_REQUIRE(std::is_trivially_copyable_v<Maybe<Fix>>);
  STATIC_REQUIRE(std::is_standard_layout_v<Maybe<Fix>>);
}

TEST_CASE("a maybe has a value once it was given one", "[maybe]") {
  Maybe<int> maybe;
  CHECK_FALSE(maybe);
  CHECK(maybe == std::nullopt);
  CHECK(maybe.value_or(5) == 5);
  CHECK_FALSE(maybe.to_optional());
  maybe = 7;
  REQUIRE(maybe);
  CHECK(*maybe == 7);
  CHECK(maybe.value_or(5) == 7);
  CHECK(maybe.to_optional() == 7);
  *maybe = 8;
  CHECK(maybe == 8);
  SECTION("until it is reset") {
    maybe.reset();
    CHECK_FALSE(maybe);
  }
  SECTION("until it is given none") {
    maybe = std::nullopt;
    CHECK_FALSE(maybe.has_value());
  }
  SECTION("also from an optional") {
    maybe = std::optional<int>(9);
    CHECK(maybe == 9);
    maybe = std::optional<int>();
    CHECK(maybe == std::nullopt);
  }
}

TEST_CASE("what is in a maybe is reached through it", "[maybe]") {
  Maybe<Fix> maybe = Fix{.latitude = 48.1, .altitude = 500.0, .satellites = {}};
  CHECK(maybe->latitude == 48.1);
  CHECK(*maybe->altitude == 500.0);
  maybe->satellites = std::uint8_t{4};
  CHECK(maybe->satellites == std::uint8_t{4});
}

TEST_CASE("maybes are equal when both have no value, or the same", "[maybe]") {
  CHECK(Maybe<int>() == Maybe<int>());
  CHECK(Maybe<int>(1) == Maybe<int>(1));
  CHECK(Maybe<int>(1) != Maybe<int>(2));
  CHECK(Maybe<int>(0) != Maybe<int>());
}

TEST_CASE("a maybe with any flag but zero has a value", "[maybe]") {
  Maybe<int> maybe = 7;
  for (const auto* flag : {"\x01", "\x02", "\x80", "\xff"}) {
    std::memcpy(static_cast<void*>(&maybe), flag, 1);
    CHECK(maybe == 7);
  }
}

TEST_CASE("maybes without a value have the same bytes", "[maybe]") {
  alignas(Fix) unsigned char memory[sizeof(Maybe<double>)];
  std::memset(memory, 0x5a, sizeof memory);
  auto& maybe = *reinterpret_cast<Maybe<double>*>(memory);
  maybe.reset();
  const Maybe<double> fresh;
  CHECK(std::memcmp(memory, &fresh, sizeof fresh) == 0);
  maybe = 3.5;
  maybe = std::nullopt;
  CHECK(std::memcmp(memory, &fresh, sizeof fresh) == 0);
}

TEST_CASE("a maybe describes itself by flag and value", "[maybe]") {
  CHECK(tarn::message_type<Fix>().fields ==
        "latitude:f64@0;altitude:tarn.Maybe(16,8){present:u8@0;value:f64@8}@8;"
        "satellites:tarn.Maybe(2,1){present:u8@0;value:u8@1}@24");
}
