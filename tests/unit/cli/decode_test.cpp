#include "middleware/cli/decode.hpp"

#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <string>

#include <tarn/tarn.hpp>

#include "middleware/cli/field_path.hpp"
#include "middleware/cli/value_text.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/support/seed.hpp"
#include "tests/unit/cli/described.hpp"

using namespace tarn::cli;
using tarn::test::bytes_of;
using tarn::test::described;
using tarn::test::must;

namespace {

enum class Mode : std::int16_t { Off = -1, On = 4 };

struct Point {
  float x, y;
};
TARN_MESSAGE(Point, x, y)

struct Everything {
  bool flag;
  char letter;
  std::int8_t small;
  std::uint64_t large;
  double number;
  Mode mode;
  char name[8];
  std::array<std::uint8_t, 3> bytes;
  Point points[2];
  tarn::Text<12> text;
  tarn::List<Point, 4> list;
  tarn::Maybe<std::int32_t> some;
  tarn::Maybe<std::int32_t> none;
};
TARN_MESSAGE(Everything, flag, letter, small, large, number, mode, name, bytes, points, text, list,
             some, none)

Everything everything() {
  Everything message{};
  message.flag = true;
  message.letter = 'q';
  message.small = -5;
  message.large = std::numeric_limits<std::uint64_t>::max();
  message.number = 0.1;
  message.mode = Mode::Off;
  std::memcpy(message.name, "front", 6);
  message.bytes = {1, 2, 255};
  message.points[0] = {1, -2.5F};
  message.points[1] = {std::nanf(""), std::numeric_limits<float>::infinity()};
  message.text = "two words";
  message.list = {{{3, 4}}};
  message.some = 7;
  return message;
}

template <typename T>
Value decoded(const T& message, std::size_t most = kAllElements) {
  return decode(must(parse_type(described<T>())), bytes_of(message), most);
}

}  // namespace

TEST_CASE("a message becomes a YAML document of its fields", "[cli]") {
  CHECK(yaml_of(decoded(everything())) ==
        "flag: true\n"
        "letter: q\n"
        "small: -5\n"
        "large: 18446744073709551615\n"
        "number: 0.1\n"
        "mode: -1\n"
        "name: front\n"
        "bytes: [1, 2, 255]\n"
        "points: [{x: 1.0, \"y\": -2.5}, {x: .nan, \"y\": .inf}]\n"
        "text: \"two words\"\n"
        "list: [{x: 3.0, \"y\": 4.0}]\n"
        "some: 7\n"
        "none: null\n");
}

TEST_CASE("a message becomes a JSON object on one line", "[cli]") {
  CHECK(json_of(decoded(everything())) ==
        "{\"flag\":true,\"letter\":\"q\",\"small\":-5,\"large\":18446744073709551615,"
        "\"number\":0.1,\"mode\":-1,\"name\":\"front\",\"bytes\":[1,2,255],"
        "\"points\":[{\"x\":1.0,\"y\":-2.5},{\"x\":null,\"y\":null}],\"text\":\"two words\","
        "\"list\":[{\"x\":3.0,\"y\":4.0}],\"some\":7,\"none\":null}");
}

TEST_CASE("a message becomes a row of its innermost values", "[cli]") {
  CHECK(csv_of(decoded(everything())) ==
        "true,q,-5,18446744073709551615,0.1,-1,front,1,2,255,1.0,-2.5,.nan,.inf,\"two words\","
        "3.0,4.0,7,");
}

TEST_CASE("long arrays are cut, and say so", "[cli]") {
  const Value cut = decoded(std::array<std::uint16_t, 5>{1, 2, 3, 4, 5}, 2);
  CHECK(yaml_of(cut) == "[1, 2, \"...\"]\n");
  const Value none = decoded(std::array<std::uint16_t, 5>{}, 0);
  CHECK(yaml_of(none) == "\"<array of 5>\"\n");
}

TEST_CASE("a slice has as many elements as its payload", "[cli]") {
  const TypeNode tree = must(parse_type(described<tarn::Slice<Point>>()));
  const std::array<Point, 3> points{{{1, 2}, {3, 4}, {5, 6}}};
  const auto all = std::as_bytes(std::span(points));
  CHECK(yaml_of(decode(tree, all)) ==
        "[{x: 1.0, \"y\": 2.0}, {x: 3.0, \"y\": 4.0}, {x: 5.0, \"y\": 6.0}]\n");
  CHECK(json_of(decode(tree, all.first(0))) == "[]");
  CHECK(json_of(decode(tree, all.first(15))) == "[{\"x\":1.0,\"y\":2.0}]");
}

TEST_CASE("a length or size beyond its capacity is the capacity", "[cli]") {
  Everything message = everything();
  const std::uint32_t huge = ~std::uint32_t{0};
  std::memcpy(static_cast<void*>(&message.text), &huge, sizeof huge);
  std::memcpy(static_cast<void*>(&message.list), &huge, sizeof huge);
  const Value value = decoded(message);
  CHECK(std::get<std::string>(pick(value, {"text"}).is).size() == 12);
  CHECK(std::get<Sequence>(pick(value, {"list"}).is).items.size() == 4);
}

TEST_CASE("what a short payload does not hold has no value", "[cli]") {
  const TypeNode tree = must(parse_type(described<Point>()));
  const Point point{1, 2};
  CHECK(json_of(decode(tree, bytes_of(point).first(4))) == "null");
}

TEST_CASE("a field is picked by its path", "[cli]") {
  const TypeNode tree = must(parse_type(described<Everything>()));
  const auto at = [&](const char* path) {
    return json_of(pick(decoded(everything()), must(find_field(tree, path))));
  };
  CHECK(at("number") == "0.1");
  CHECK(at("points.0") == "{\"x\":1.0,\"y\":-2.5}");
  CHECK(at("points.0.y") == "-2.5");
  CHECK(at("list.0.x") == "3.0");
  CHECK(at("list.3.x") == "null");  // there is one now
  CHECK(at("text") == "\"two words\"");
  SECTION("or the type has none there") {
    const auto error = [&](const char* path) {
      const auto found = find_field(tree, path);
      REQUIRE_FALSE(found);
      CHECK(found.error().code() == tarn::Errc::InvalidArgument);
      return std::string(found.error().message());
    };
    CHECK(error("nunber").find("nearest: number") != std::string::npos);
    CHECK(error("points.x").find("elements") != std::string::npos);
    CHECK(error("points.0.z").find("has x, y") != std::string::npos);
    error("number.x");
    error("");
    error("points.0.");
  }
}

namespace {

// Descriptions near the grammar, and often in it.
std::string random_fields(std::minstd_rand& random) {
  static constexpr const char* kParts[] = {"a",
                                           ":",
                                           "@",
                                           ";",
                                           "{",
                                           "}",
                                           "(8,8)",
                                           "(16,4)",
                                           "[2]",
                                           "[]",
                                           "[0]",
                                           "[999999]",
                                           "enum(u8)",
                                           "i32",
                                           "u8",
                                           "f64",
                                           "bool",
                                           "char[4]",
                                           "@0",
                                           "@4",
                                           "@8",
                                           "@64",
                                           "x:u8@0",
                                           ";y:f32@4",
                                           "M(8,8)",
                                           "tarn.Text(12,4){length:u32@0;bytes:char[8]@4}@0",
                                           "tarn.List(16,4){size:u32@0;items:f32[3]@4}@16",
                                           "tarn.Maybe(8,4){present:u8@0;value:i32@4}@32",
                                           ":M(4,4){x:u8@0;y:u8[2]@1}[]@0"};
  std::string fields;
  const std::size_t parts = 1 + random() % 8;
  for (std::size_t i = 0; i < parts; ++i) fields += kParts[random() % std::size(kParts)];
  return fields;
}

// A good description with a character changed.
std::string damaged_fields(std::minstd_rand& random) {
  std::string fields = described<Everything>().fields;
  const std::size_t changes = random() % 3;
  for (std::size_t i = 0; i < changes; ++i) {
    static constexpr std::string_view kCharacters = "0123456789:;@[](){}au,";
    fields[random() % fields.size()] = kCharacters[random() % kCharacters.size()];
  }
  return fields;
}

}  // namespace

TEST_CASE("no description makes a decoder step over the ends of a payload", "[cli]") {
  std::minstd_rand random(tarn::test::seed());
  std::uint64_t decoded_ones = 0;
  for (int round = 0; round < 20'000; ++round) {
    const tarn::TopicType type{
        .name = "T",
        .bytes = static_cast<std::uint32_t>(round % 2 == 0 ? sizeof(Everything) : random() % 80),
        .fields = round % 2 == 0 ? damaged_fields(random) : random_fields(random)};
    const auto tree = parse_type(type);
    if (!tree) continue;
    ++decoded_ones;
    // An allocation of exactly its size, so that the address sanitizer sees a step beyond.
    const std::size_t bytes = random() % (2 * type.bytes + 1);
    const auto payload = std::make_unique<std::byte[]>(bytes);
    for (std::size_t i = 0; i < bytes; ++i) payload[i] = static_cast<std::byte>(random());
    const Value value = decode(*tree, {payload.get(), bytes});
    CHECK_FALSE(yaml_of(value).empty());
    CHECK(json_of(value).size() < 400 * bytes + 4000);
    (void)csv_of(value);
  }
  CHECK(decoded_ones > 1000);
}
