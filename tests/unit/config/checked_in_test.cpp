// What is written from the table of keys and kept in the tree is what the table says now.
#include <fstream>
#include <sstream>
#include <string>

#include "config/default_file.hpp"
#include "config/json_schema.hpp"
#include "config/reference.hpp"
#include "config/shipped_files.hpp"
#include "tests/support/catch.hpp"

using namespace tarn::config;

namespace {

std::string file(const std::string& path) {
  std::ifstream stream(TARN_SOURCE_DIRECTORY + ("/" + path));
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

}  // namespace

// Not equal? `./dev docs` writes them again.
TEST_CASE("the files in the tree are those the command prints", "[config]") {
  CHECK((file("docs/configuration.md") == reference()));
  CHECK((file("config/tarn.schema.json") == json_schema()));
  CHECK((file("config/defaults/default.yaml") == default_file()));
  CHECK((file("config/defaults/tiny.yaml") == tiny_file()));
  CHECK((file("config/defaults/camera.yaml") == camera_file()));
}
