#include <tarn/text.hpp>

#include <cstring>
#include <string>
#include <type_traits>

#include "tests/support/catch.hpp"

using tarn::Text;

namespace {

// As a process that wrote nonsense would have left it.
template <std::size_t N>
Text<N> with_length(std::uint32_t length, const char* bytes) {
  Text<N> text(bytes);
  std::memcpy(static_cast<void*>(&text), &length, sizeof length);
  return text;
}

template <typename T>
std::string bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

constexpr bool works_at_compile_time() {
  Text<8> text = "lidar";
  return text.try_append("_1") && text == "lidar_1" && !text.try_append("ab") && text.size() == 7;
}
static_assert(works_at_compile_time());

}  // namespace

TEST_CASE("a text can be a message and a member of one", "[text]") {
  STATIC_REQUIRE(tarn::Message<Text<1>>);
  STATIC_REQUIRE(std::is_trivially_copyable_v<Text<30>>);
  STATIC_REQUIRE(std::is_standard_layout_v<Text<30>>);
  STATIC_REQUIRE(std::has_unique_object_representations_v<Text<30>>);  // no padding
  STATIC_REQUIRE(sizeof(Text<30>) == 36);
  STATIC_REQUIRE(alignof(Text<30>) == 4);
}

TEST_CASE("a text holds what it was given", "[text]") {
  Text<16> text = "base_link";
  CHECK(text == "base_link");
  CHECK(text.view() == "base_link");
  CHECK(std::string(text.begin(), text.end()) == "base_link");
  CHECK(text[5] == 'l');
  CHECK(text.size() == 9);
  CHECK(text.capacity() == 16);
  CHECK_FALSE(text.empty());
  text.clear();
  CHECK(text.empty());
  CHECK(text == "");
}

TEST_CASE("a literal that does not fit is no text", "[text]") {
  STATIC_REQUIRE(std::is_convertible_v<const char(&)[5], Text<4>>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<const char(&)[6], Text<4>>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<std::string_view, Text<4>>);
}

TEST_CASE("a text takes all of what is tried or nothing", "[text]") {
  Text<4> text = "ab";
  CHECK(text.try_assign("wxyz"));
  CHECK(text == "wxyz");
  CHECK_FALSE(text.try_assign("vwxyz"));
  CHECK(text == "wxyz");
  CHECK_FALSE(text.try_append("!"));
  CHECK(text.try_append(""));
  CHECK(text.try_assign("a"));
  CHECK(text.try_append("bcd"));
  CHECK(text == "abcd");
}

TEST_CASE("a text that is cut keeps whole characters", "[text]") {
  CHECK(Text<4>(std::string_view("abcdef")) == "abcd");
  CHECK(Text<4>(std::string_view("abc\u00e9")) == "abc");           // two bytes
  CHECK(Text<4>(std::string_view("ab\u20ac")) == "ab");             // three
  CHECK(Text<4>(std::string_view("a\U0001f600")) == "a");           // four
  CHECK(Text<4>(std::string_view("\U0001f600x")) == "\U0001f600");  // fits
  SECTION("and bytes that are no UTF-8 at all where they are cut") {
    CHECK(Text<4>(std::string_view("\x80\x80\x80\x80\x80\x80")).size() == 4);
  }
}

TEST_CASE("a text made of an array ends at its NUL", "[text]") {
  char buffer[16] = "abc";
  CHECK(Text<16>(buffer).size() == 3);
  const char full[3] = {'a', 'b', 'c'};
  CHECK(Text<3>(full) == "abc");
}

TEST_CASE("texts of the same characters have the same bytes", "[text]") {
  Text<10> text = "0123456789";
  text.assign("ab");
  CHECK(bytes_of(text) == bytes_of(Text<10>("ab")));
  SECTION("also in memory that held something else") {
    alignas(Text<10>) char memory[sizeof(Text<10>)];
    std::memset(memory, 0x5a, sizeof memory);
    auto& loaned = *reinterpret_cast<Text<10>*>(memory);
    REQUIRE(loaned.try_assign("ab"));
    CHECK(bytes_of(loaned) == bytes_of(Text<10>("ab")));
  }
}

TEST_CASE("a text with a length beyond its bytes ends with them", "[text]") {
  const auto text = with_length<4>(0xFFFFFFFF, "abcd");
  CHECK(text.size() == 4);
  CHECK(text.view() == "abcd");
  CHECK(text.end() - text.begin() == 4);
  auto changed = with_length<4>(5, "abcd");
  CHECK_FALSE(changed.try_append("e"));
  CHECK(changed == "abcd");
}

TEST_CASE("texts compare by their characters", "[text]") {
  CHECK(Text<8>("a") == Text<8>("a"));
  CHECK(Text<8>("a") == Text<4>("a"));
  CHECK(Text<8>("a") != Text<8>("b"));
  CHECK(Text<8>("a") < Text<8>("ab"));
  CHECK(Text<8>("b") > Text<8>("ab"));
  CHECK(Text<8>("a") == std::string("a"));
  CHECK("a" == Text<8>("a"));
}

TEST_CASE("a text describes itself by length and bytes", "[text]") {
  const auto type = tarn::message_type<Text<30>>();
  CHECK(type.name == "tarn.Text");
  CHECK(type.size_bytes == 36);
  CHECK(type.fields == "length:u32@0;bytes:char[30]@4");
}
