// The JSON Schema held against files as an editor does it: the file is read by the YAML library, not by our
// loader, and the schema too, since JSON is YAML.
#include "config/json_schema.hpp"

#include <yaml-cpp/yaml.h>

#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "config/default_file.hpp"
#include "config/shipped_files.hpp"
#include "tests/support/catch.hpp"

using namespace tarn::config;

namespace {

bool accepts(const YAML::Node& schema, const YAML::Node& value);

std::string type_of(const YAML::Node& value) {
  if (value.IsMap()) return "object";
  if (value.IsSequence()) return "array";
  if (value.IsNull()) return "null";
  const std::string text = value.Scalar();
  if (value.Tag() == "!") return "string";  // in quotes
  if (text == "true" || text == "false") return "boolean";
  const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
  return digits && !text.empty() ? "integer" : "string";
}

bool in_list(const YAML::Node& words, const YAML::Node& value) {
  for (const auto& word : words) {
    if (word.Scalar() == value.Scalar() && type_of(word) == type_of(value)) return true;
  }
  return false;
}

bool any_accepts(const YAML::Node& schemas, const YAML::Node& value) {
  for (const auto& schema : schemas) {
    if (accepts(schema, value)) return true;
  }
  return false;
}

bool accepts_entries(const YAML::Node& schema, const YAML::Node& map) {
  for (const auto& entry : map) {
    const std::string name = entry.first.Scalar();
    const YAML::Node own = schema["properties"] ? schema["properties"][name] : YAML::Node();
    const YAML::Node other = schema["additionalProperties"];
    if (own.IsDefined() && !own.IsNull()) {
      if (!accepts(own, entry.second)) return false;
    } else if (other.IsScalar() || !accepts(other, entry.second)) {  // "false": none but those
      return false;
    }
    if (schema["propertyNames"] &&
        name.size() > schema["propertyNames"]["maxLength"].as<std::size_t>()) {
      return false;
    }
  }
  for (const auto& name : schema["required"]) {
    if (!map[name.Scalar()]) return false;
  }
  return true;
}

bool accepts_items(const YAML::Node& items, const YAML::Node& list) {
  for (const auto& value : list) {
    if (!accepts(items, value)) return false;
  }
  return true;
}

// Whether the value passes one keyword of a schema.
bool passes(const std::string& keyword, const YAML::Node& schema, const YAML::Node& value) {
  const YAML::Node says = schema[keyword];
  if (keyword == "type") return type_of(value) == says.Scalar();
  if (keyword == "enum") return value.IsScalar() && in_list(says, value);
  if (keyword == "anyOf") return any_accepts(says, value);
  if (keyword == "minimum") return !value.IsScalar() || value.as<double>(0) >= says.as<double>();
  if (keyword == "maximum") return !value.IsScalar() || value.as<double>(0) <= says.as<double>();
  if (keyword == "minLength")
    return !value.IsScalar() || value.Scalar().size() >= says.as<std::size_t>();
  if (keyword == "maxLength")
    return !value.IsScalar() || value.Scalar().size() <= says.as<std::size_t>();
  if (keyword == "minItems") return !value.IsSequence() || value.size() >= says.as<std::size_t>();
  if (keyword == "maxItems") return !value.IsSequence() || value.size() <= says.as<std::size_t>();
  if (keyword == "items") return !value.IsSequence() || accepts_items(says, value);
  if (keyword == "additionalProperties") return !value.IsMap() || accepts_entries(schema, value);
  if (keyword == "pattern") {
    return !value.IsScalar() || std::regex_search(value.Scalar(), std::regex(says.Scalar()));
  }
  // Looked at with additionalProperties, or of no consequence.
  for (const char* other :
       {"properties", "propertyNames", "required", "default", "description", "title", "$schema"}) {
    if (keyword == other) return true;
  }
  FAIL("the schema has a keyword that this test does not know: " << keyword);
  return false;
}

bool accepts(const YAML::Node& schema, const YAML::Node& value) {
  for (const auto& keyword : schema) {
    if (!passes(keyword.first.Scalar(), schema, value)) return false;
  }
  return true;
}

bool accepts(const std::string& file) {
  return accepts(YAML::Load(json_schema()), YAML::Load(file));
}

std::string in_tree(const std::string& path) {
  std::ifstream stream(TARN_SOURCE_DIRECTORY + ("/" + path));
  std::ostringstream text;
  text << stream.rdbuf();
  REQUIRE_FALSE(text.str().empty());
  return text.str();
}

}  // namespace

TEST_CASE("the JSON Schema accepts the files that come with tarn", "[config]") {
  CHECK(accepts(default_file()));
  CHECK(accepts(with_all_settings(default_file())));
  CHECK(accepts(std::string(tiny_file())));
  CHECK(accepts(std::string(camera_file())));
  CHECK(accepts(in_tree("examples/tarn.yaml")));
  CHECK(accepts(in_tree("examples/sensors/tarn.yaml")));
}

TEST_CASE("the JSON Schema accepts what may stand instead of a value", "[config]") {
  CHECK(accepts("version: 1\npool: { size: auto }\n"));
  CHECK(accepts("version: 1\nlinks: [{ name: a, insecure: true, connect: 'tcp://b:1' }]\n"));
  CHECK(accepts("version: 1\nlinks: [{ name: a, insecure: true, export: [imu, { topic: b }] }]\n"));
}

TEST_CASE("the JSON Schema refuses what the loader refuses", "[config]") {
  const std::string wrong = GENERATE(from_range(std::vector<std::string>{
      "domain: default",                                // no version
      "version: 2",                                     // not this one
      "version: '1'",                                   // a text
      "version: 1\npol: { size: 1MiB }",                // an unknown key
      "version: 1\npool: { sizes: 1MiB }",              // and further in
      "version: 1\npool: { size: 1MB }",                // no unit of ours
      "version: 1\npool: { size: 16 }",                 // none at all
      "version: 1\npool: { size: 010MiB }",             // octal?
      "version: 1\npool: { unlisted: maybe }",          // not a word of it
      "version: 1\npool: { lock_memory: 1 }",           // no truth
      "version: 1\npool: 16MiB",                        // no map
      "version: 1\nlimits: { clients: 0 }",             // too small
      "version: 1\nlimits: { clients: 1025 }",          // too large
      "version: 1\ntopics: { a: { depth: -1 } }",       // negative
      "version: 1\ntopics: { a: { depth: many } }",     // no number
      "version: 1\ntopics: { a: { timeout: 20 } }",     // no unit
      "version: 1\ntopics: { a: { spin: auto } }",      // of the defaults only
      "version: 1\ntopics: { a: { overflow: drop } }",  // not a policy
      "version: 1\ntopics: [a]",                        // no map
      "version: 1\nlinks: { name: a }",                 // no list
      "version: 1\nlinks: [{ name: a }]",               // insecure is missing
      "version: 1\nlinks: [{ name: a, insecure: true, connect: [] }]",
      "version: 1\nlinks: [{ name: a, insecure: true, export: [{ as: b }] }]",
      "version: 1\nlinks: [{ name: a, insecure: true, export: [{ topic: b, max_rate: 5 }] }]",
  }));
  CAPTURE(wrong);
  CHECK_FALSE(accepts(wrong));
}

TEST_CASE("the JSON Schema refuses names of topics that are too long", "[config]") {
  CHECK(accepts("version: 1\ntopics: { " + std::string(127, 'a') + ": { depth: 1 } }\n"));
  CHECK_FALSE(accepts("version: 1\ntopics: { " + std::string(128, 'a') + ": { depth: 1 } }\n"));
}
