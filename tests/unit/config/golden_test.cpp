// What the loader says of bad files, word by word, with line and column. The files are in
// tests/golden/config/; a new fault that people make is a new file there.
#include <cstddef>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/unit/config/golden_files.hpp"

using tarn::test::findings_of;
using tarn::test::golden_files;
using tarn::test::GoldenFile;

TEST_CASE("every bad file is refused with all that is wrong with it", "[config][golden]") {
  const auto files = golden_files("bad");
  CHECK(files.size() >= 120);
  for (const GoldenFile& file : files) {
    CAPTURE(file.name);
    CHECK_FALSE(file.expected.empty());
    CHECK(findings_of(file.text) == file.expected);
  }
}

TEST_CASE("every good file is accepted", "[config][golden]") {
  const auto files = golden_files("good");
  CHECK(files.size() >= 7);
  for (const GoldenFile& file : files) {
    CAPTURE(file.name);
    CHECK(findings_of(file.text).empty());
  }
}

TEST_CASE("a golden file that expects another place or another word does not agree",
          "[config][golden]") {
  for (const GoldenFile& file : golden_files("bad")) {
    CAPTURE(file.name);
    auto moved = file.expected;
    moved.front().insert(0, "1");  // another line
    CHECK(findings_of(file.text) != moved);
    // What a blank line in front moves is the line of every finding but of those about the file as such.
    const auto below = findings_of("\n" + file.text);
    REQUIRE(below.size() == file.expected.size());
    for (std::size_t i = 0; i < below.size(); ++i) {
      if (file.expected[i].rfind("1:1: ", 0) == 0 || file.expected[i].rfind("and ", 0) == 0)
        continue;
      CHECK(below[i] != file.expected[i]);
    }
  }
}

TEST_CASE("bytes that are no text are found where they are", "[config][golden]") {
  const auto first = [](const std::string& text) {
    const auto findings = findings_of(text);
    return findings.empty() ? "none" : findings.front();
  };
  using namespace std::string_literals;
  const std::string head = "version: 1\n";
  CHECK(first(head + "domain: b\xf6\n") == "2:10: found the byte 0xf6; allowed: UTF-8");
  CHECK(first(head + "# m\xc3\xbct \xc3\n") == "2:8: found the byte 0xc3; allowed: UTF-8");
  SECTION("overlong, surrogate, beyond Unicode, cut off") {
    CHECK(first("# \xc0\xaf") == "1:3: found the byte 0xc0; allowed: UTF-8");
    CHECK(first("# \xe0\x80\xaf") == "1:3: found the byte 0xe0; allowed: UTF-8");
    CHECK(first("# \xed\xa0\x80") == "1:3: found the byte 0xed; allowed: UTF-8");
    CHECK(first("# \xf4\x90\x80\x80") == "1:3: found the byte 0xf4; allowed: UTF-8");
    CHECK(first("# \xe2\x82") == "1:3: found the byte 0xe2; allowed: UTF-8");
    CHECK(first("# \xf0\x9f\x92\xa7 \xe2\x82\xac \xc3\xbc \xed\x9f\xbf\nversion: 1\n") == "none");
  }
  SECTION("control characters, of which one ends the file for the YAML library") {
    CHECK(first(head + "domain: a\0b\n"s) ==
          "2:10: found the control character 0x00; allowed: text");
    CHECK(first(head + "\x04 pol: {}\n"s) ==
          "2:1: found the control character 0x04; allowed: text");
    CHECK(first(head + "# \x1b[0m\n") == "2:3: found the control character 0x1b; allowed: text");
    CHECK(first(head + "# \x7f\n") == "2:3: found the control character 0x7f; allowed: text");
    CHECK(first("version: 1\rdomain: a\n") ==
          "1:11: found the control character 0x0d; allowed: text");
  }
  SECTION("every line that has any") {
    const auto findings = findings_of("# \xff\nversion: 1\n# \xfe\xff\n");
    REQUIRE(findings.size() == 2);
    CHECK(findings[0] == "1:3: found the byte 0xff; allowed: UTF-8");
    CHECK(findings[1] == "3:3: found the byte 0xfe; allowed: UTF-8");
  }
  SECTION("another encoding") {
    CHECK(first("\xff\xfev\0e\0r\0"s) == "1:1: found the byte 0xff; allowed: UTF-8");
    CHECK(first("v\0e\0r\0"s) == "1:2: found the control character 0x00; allowed: text");
  }
}
