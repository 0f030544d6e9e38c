#include "config/reference.hpp"

#include <algorithm>
#include <string>

#include "config/schema.hpp"
#include "tests/support/catch.hpp"

using namespace tarn::config;

namespace {

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// What stands under the heading of this path, or before the first heading for the top.
std::string section_of(const std::string& text, std::string_view path) {
  const std::string heading = path.empty() ? "## Keys\n" : "### `" + std::string(path) + "`\n";
  const std::size_t begin = text.find(heading);
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find("\n#", begin + 1) - begin);
}

}  // namespace

TEST_CASE("the reference has a row for every key, where it belongs", "[config]") {
  const std::string text = reference();
  for (const Key& key : keys()) {
    CAPTURE(path_of(key));
    if (key.name == "[]" || key.name == "*") continue;  // a section, if it has parts
    const std::string section = section_of(text, key.parent);
    CHECK(holds(section, "| `" + std::string(key.name) + "` | "));
    if (!key.initial.empty()) CHECK(holds(section, " | `" + std::string(key.initial) + "` | "));
  }
}

TEST_CASE("the cells of the reference stay cells", "[config]") {
  const std::string text = reference();
  std::size_t begin = 0;
  std::size_t rows = 0;
  for (std::size_t end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string line = text.substr(begin, end - begin);
    if (!line.starts_with("| `") || !holds(line, " | at ")) continue;
    CHECK(std::count(line.begin(), line.end(), '|') == 6);
    ++rows;
  }
  CHECK(rows > 30);
}
