#include "middleware/cli/value_text.hpp"

#include <limits>
#include <string>

#include "tests/support/catch.hpp"

using namespace tarn::cli;

TEST_CASE("text is quoted in YAML where it could be taken for something else", "[cli]") {
  const auto yaml = [](const std::string& text) { return yaml_line_of({text}); };
  CHECK(yaml("front_left/cam-1.2") == "front_left/cam-1.2");
  CHECK(yaml("") == "\"\"");
  CHECK(yaml("true") == "\"true\"");
  CHECK(yaml("No") == "\"No\"");
  CHECK(yaml("NULL") == "\"NULL\"");
  CHECK(yaml("12") == "\"12\"");
  CHECK(yaml("-") == "\"-\"");
  CHECK(yaml("a: b") == "\"a: b\"");
  CHECK(yaml("a #b") == "\"a #b\"");
  CHECK(yaml("say \"\\\"") == "\"say \\\"\\\\\\\"\"");
  CHECK(yaml("größe") == "\"größe\"");
}

TEST_CASE("text that is no text becomes text without control characters", "[cli]") {
  CHECK(yaml_line_of({std::string("\x1b[2J\n\xff")}) == "\"\\x1b[2J\\x0a\\xff\"");
  CHECK(json_text(std::string("a\0b", 3)) == "\"a\\u0000b\"");
  CHECK(json_text("\xff\xfe") == "\"\\u00ff\\u00fe\"");
  CHECK(json_text("\xc2\x9b") == "\"\\u009b\"");                    // a control sequence introducer
  CHECK(json_text("\xc0\x80") == "\"\\u00c0\\u0080\"");             // overlong
  CHECK(json_text("\xed\xa0\x80") == "\"\\u00ed\\u00a0\\u0080\"");  // half a surrogate pair
  CHECK(json_text("\xf0\x9f\x99\x82") == "\"\xf0\x9f\x99\x82\"");
  CHECK(json_text("\xf0\x9f") == "\"\\u00f0\\u009f\"");
}

TEST_CASE("numbers with a point are as short as reads back the same", "[cli]") {
  CHECK(yaml_line_of({0.1}) == "0.1");
  CHECK(yaml_line_of({0.1F}) == "0.1");
  CHECK(yaml_line_of({1.0}) == "1.0");
  CHECK(yaml_line_of({-0.0}) == "-0.0");
  CHECK(yaml_line_of({1e300}) == "1e+300");
  CHECK(yaml_line_of({1.0 / 3}) == "0.3333333333333333");
  CHECK(yaml_line_of({std::numeric_limits<double>::quiet_NaN()}) == ".nan");
  CHECK(yaml_line_of({-std::numeric_limits<float>::infinity()}) == "-.inf");
  CHECK(json_of({std::numeric_limits<double>::infinity()}) == "null");
}

TEST_CASE("structs within structs are indented", "[cli]") {
  const Value value{Mapping{{"pose", {Mapping{{"x", {1.5}}, {"empty", {Mapping{}}}}}},
                            {"list", {Sequence{{{true}, {std::monostate{}}}}}}}};
  CHECK(yaml_of(value) == "pose:\n  x: 1.5\n  empty: {}\nlist: [true, null]\n");
  CHECK(json_of(value) == "{\"pose\":{\"x\":1.5,\"empty\":{}},\"list\":[true,null]}");
}

TEST_CASE("CSV quotes what would break a row", "[cli]") {
  CHECK(csv_of({Sequence{{{std::string("a,b")}, {std::string("say \"x\"")}, {std::string()}}}}) ==
        "\"a,b\",\"say \"\"x\"\"\",");
  CHECK(csv_of({Sequence{{{std::monostate{}}, {std::int64_t{1}}}}}) == ",1");
}

TEST_CASE("bytes stand sixteen to a line with their offset", "[cli]") {
  const std::array<std::byte, 18> bytes{std::byte{0xab}, std::byte{1}};
  CHECK(hex_of(bytes) ==
        "00000000  ab 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n00000010  00 00\n");
  CHECK(hex_of({}) == "\n");
}
