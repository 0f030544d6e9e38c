#include "middleware/cli/type_tree.hpp"

#include <tarn/tarn.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/unit/cli/described.hpp"

using namespace tarn::cli;
using tarn::Errc;
using tarn::TopicType;
using tarn::test::described;
using tarn::test::must;
using Kind = TypeNode::Kind;

namespace {

TopicType type_of(const std::string& fields, std::uint32_t bytes) {
  return {.name = "T", .hash = 1, .bytes = bytes, .alignment = 8, .fields = fields};
}

struct Inner {
  std::uint16_t one;
  double two;
};
TARN_MESSAGE(Inner, one, two)

enum class Color : std::uint8_t { Red };

struct Outer {
  bool flag;
  Color color;
  char name[6];
  std::array<std::array<float, 3>, 2> matrix;
  Inner inner[2];
  tarn::Text<10> text;
  tarn::List<Inner, 3> list;
  tarn::Maybe<std::uint32_t> maybe;
};
TARN_MESSAGE(Outer, flag, color, name, matrix, inner, text, list, maybe)

}  // namespace

TEST_CASE("a tree says what a message is made of", "[cli]") {
  const TypeNode tree = must(parse_type(described<Outer>()));
  CHECK(tree.kind == Kind::Struct);
  CHECK(tree.bytes == sizeof(Outer));
  REQUIRE(tree.fields.size() == 8);
  CHECK(tree.fields[0].name == "flag");
  CHECK(tree.fields[0].type.kind == Kind::Bool);
  CHECK(tree.fields[1].type.kind == Kind::Unsigned);  // an enum is its number
  CHECK(tree.fields[2].type.kind == Kind::Char);
  CHECK(tree.fields[3].type.counts == std::vector<std::uint32_t>{2, 3});
  CHECK(tree.fields[3].offset == offsetof(Outer, matrix));
  CHECK(tree.fields[4].type.fields[1].name == "two");
  CHECK(tree.fields[4].type.total_bytes() == 2 * sizeof(Inner));
  CHECK(tree.fields[5].type.kind == Kind::Text);
  CHECK(tree.fields[6].type.kind == Kind::List);
  CHECK(tree.fields[7].type.kind == Kind::Maybe);
}

TEST_CASE("a message that is no struct is its one field", "[cli]") {
  CHECK(must(parse_type(described<double>())).kind == Kind::Float);
  CHECK(must(parse_type(described<std::array<int, 4>>())).counts == std::vector<std::uint32_t>{4});
}

TEST_CASE("a slice is open and its size is that of an element", "[cli]") {
  const TypeNode tree = must(parse_type(described<tarn::Slice<Inner>>()));
  CHECK(tree.open);
  CHECK(tree.counts.empty());
  CHECK(tree.total_bytes() == sizeof(Inner));
}

TEST_CASE("a description that does not hold is refused with the place", "[cli]") {
  const auto refused = [](const std::string& fields, std::uint32_t bytes = 64) {
    const auto tree = parse_type(type_of(fields, bytes));
    REQUIRE_FALSE(tree);
    CHECK(tree.error().code() == Errc::ProtocolError);
    return std::string(tree.error().message());
  };
  CHECK(refused("a:i32@0,").find("byte 7") != std::string::npos);
  CHECK(refused("a:i32").find("the offset") != std::string::npos);
  refused("a");
  refused("a:i31@0");
  refused("a:i32@");
  refused("a:i32@99999999999");
  refused("a:i32@61");  // ends behind the struct
  refused("a:u8@4294967295");
  refused("a:i32[0]@0");
  refused("a:i32[17]@0");  // larger than the struct
  refused("a:i32[65536][65536][2]@0");
  refused("a:M(8,8){b:u64@4}@0");  // a field behind its own struct
  refused("a:M(0,1){}[1000]@0");
  refused("a:M(8,8){b:u64@0");
  refused("a:u8[]@0");  // open, and not the whole message
  refused(":u8[][]@0");
  refused(":u8[2][]@0");
  refused("a:enum(M(1,1){b:u8@0})@0");
  refused("a:i32@0;b:i32@0", 4);  // more fields than the struct has room for
}

TEST_CASE("nesting beyond any sense is refused", "[cli]") {
  std::string fields = "a:u8@0";
  std::string enums = "u8";
  for (int i = 0; i < 2000; ++i) {
    fields = "a:M(1,1){" + fields + "}@0";
    enums = "enum(" + enums + ")";
  }
  CHECK_FALSE(parse_type(type_of(fields, 1)));
  CHECK_FALSE(parse_type(type_of("a:" + enums + "@0", 1)));
}
