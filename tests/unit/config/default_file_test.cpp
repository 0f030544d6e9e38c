#include "config/default_file.hpp"

#include <string>

#include "config/load.hpp"
#include "config/schema.hpp"
#include "config/shipped_files.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"

using namespace tarn::config;
using tarn::test::must;

namespace {

// The group of the example need not be there; this one is everywhere.
std::string with_group_that_exists(std::string file) {
  const std::string example = "group: sensors";
  const std::size_t place = file.find(example);
  REQUIRE(place != std::string::npos);
  return file.replace(place, example.size(), "group: root");
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the default file says the same as no file", "[config]") {
  CHECK(must(load_text(default_file(), "default.yaml")) == DomainConfig{});
}

TEST_CASE("the default file holds with all its settings in force", "[config]") {
  const std::string all = with_all_settings(default_file());
  const auto loaded = must(load_text(with_group_that_exists(all), "default.yaml"));
  CHECK(loaded.rules.rules.size() == 5);
  CHECK(loaded.links.size() == 1);
}

TEST_CASE("the default file has every key and what it means", "[config]") {
  const std::string all = with_all_settings(default_file());
  for (const Key& key : keys()) {
    // The settings of a topic are those of the defaults, where they are explained.
    if (key.name == "[]" || key.name == "*") continue;
    CAPTURE(path_of(key));
    CHECK(holds(all, std::string(key.name) + ":"));
    if (!key.initial.empty() && key.parent.find('[') == std::string_view::npos) {
      CHECK(holds(all, std::string(key.name) + ": " + std::string(key.initial) + "\n"));
      CHECK(holds(all, "Allowed: "));
    }
  }
}

TEST_CASE("only what directly follows a mark is a hidden setting", "[config]") {
  CHECK(with_all_settings("# a remark\n#one: 1\n  #two: 2  # and a remark\n\n#\nthree: 3 #4\n") ==
        "# a remark\none: 1\n  two: 2  # and a remark\n\n#\nthree: 3 #4\n");
}

TEST_CASE("the shipped files hold", "[config]") {
  const auto tiny = must(load_text(tiny_file(), "tiny.yaml"));
  CHECK(tiny.rules.rules.size() == 3);
  const auto camera = must(load_text(camera_file(), "camera.yaml"));
  CHECK(camera.rules.rules.size() == 5);
}
