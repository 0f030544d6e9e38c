#include <tarn/slice.hpp>

#include <array>

#include "tests/support/catch.hpp"

using tarn::message_type;
using tarn::Slice;

namespace {

struct Point {
  float x, y;
};
TARN_MESSAGE(Point, x, y)

}  // namespace

TEST_CASE("a slice has the size and alignment of one element", "[slice]") {
  const auto type = message_type<Slice<Point>>();
  CHECK(type.size_bytes == sizeof(Point));
  CHECK(type.alignment == alignof(Point));
}

TEST_CASE("the name and the one field of a slice leave the count open", "[slice]") {
  CHECK(message_type<Slice<Point>>().name == "Point[]");
  CHECK(message_type<Slice<Point>>().fields == ":Point(8,4){x:f32@0;y:f32@4}[]@0");
  CHECK(message_type<Slice<std::array<float, 3>>>().name == "f32[][3]");
  CHECK(message_type<Slice<std::array<float, 3>>>().fields == ":f32[][3]@0");
}

TEST_CASE("a type says whether it is a slice", "[slice]") {
  CHECK(message_type<Slice<Point>>().is_slice());
  CHECK(message_type<Slice<std::array<float, 3>>>().is_slice());
  CHECK_FALSE(message_type<Point>().is_slice());
  CHECK_FALSE(message_type<std::array<Point, 2>>().is_slice());
}

TEST_CASE("a slice and its element are different types", "[slice]") {
  CHECK(message_type<Slice<Point>>().hash != message_type<Point>().hash);
  CHECK_FALSE(tarn::check_same_type("t", message_type<Slice<Point>>(), message_type<Point>()));
}

TEST_CASE("a slice is no member and no element", "[slice]") {
  STATIC_REQUIRE_FALSE(tarn::Message<Slice<Point>>);
  STATIC_REQUIRE_FALSE(tarn::Message<std::array<Slice<Point>, 2>>);
}
