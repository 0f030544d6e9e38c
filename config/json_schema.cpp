#include "config/json_schema.hpp"

#include <string_view>
#include <utility>
#include <vector>

#include "config/schema.hpp"

namespace tarn::config {

namespace {

// A JSON object as it is written: its members in order, each value as text.
using Members = std::vector<std::pair<std::string_view, std::string>>;

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string object(const Members& members, const std::string& indent) {
  std::string text = "{";
  for (const auto& [name, value] : members) {
    text.append(text.size() == 1 ? "\n" : ",\n").append(indent).append("  ");
    text.append(json_string(name)).append(": ").append(value);
  }
  return text + (members.empty() ? "}" : "\n" + indent + "}");
}

std::string list(const std::vector<std::string>& items) {
  std::string text = "[";
  for (const std::string& item : items) text += (text.size() == 1 ? "" : ", ") + item;
  return text + "]";
}

// What YAML makes of a word without quotes: `version: 1` is a number.
std::string scalar(std::string_view word) {
  const bool plain = word == "true" || word == "false" ||
                     word.find_first_not_of("0123456789") == std::string_view::npos;
  return plain ? std::string(word) : json_string(word);
}

std::string pattern_of(Kind kind) {
  std::string units(units_of(kind));
  for (char& c : units) {
    if (c == ' ') c = '|';
  }
  return json_string("^(0|[1-9][0-9]*)(" + units + ")$");
}

std::string json_words(const Key& key) {
  std::vector<std::string> words;
  for (const std::string_view word : key.words) words.push_back(scalar(word));
  return list(words);
}

std::string value_of(const Key& key, const std::string& indent);

void add_parts(const Key& key, const std::string& indent, Members& members) {
  Members parts;
  std::vector<std::string> required;
  std::string any = "false";
  for (const Key* part : parts_of(path_of(key))) {
    if (part->required) required.push_back(json_string(part->name));
    if (part->name == "*") {
      any = value_of(*part, indent + "  ");
      members.emplace_back("propertyNames", "{\"maxLength\": " + std::to_string(part->most) + "}");
    } else {
      parts.emplace_back(part->name, value_of(*part, indent + "    "));
    }
  }
  members.emplace_back("type", json_string("object"));
  if (!parts.empty()) members.emplace_back("properties", object(parts, indent + "  "));
  members.emplace_back("additionalProperties", any);
  if (!required.empty()) members.emplace_back("required", list(required));
}

void add_entries(const Key& key, const std::string& indent, Members& members) {
  members.emplace_back("type", json_string("array"));
  if (key.least > 0) members.emplace_back("minItems", std::to_string(key.least));
  members.emplace_back("maxItems", std::to_string(key.most));
  for (const Key* entry : parts_of(path_of(key))) {
    members.emplace_back("items", value_of(*entry, indent + "  "));
  }
}

void add_kind(const Key& key, const std::string& indent, Members& members) {
  switch (key.kind) {
    case Kind::Number:
      members.emplace_back("type", json_string("integer"));
      members.emplace_back("minimum", std::to_string(key.least));
      members.emplace_back("maximum", std::to_string(key.most));
      return;
    case Kind::Size:
    case Kind::Duration:
    case Kind::Rate:
      members.emplace_back("type", json_string("string"));
      members.emplace_back("pattern", pattern_of(key.kind));
      return;
    case Kind::Choice:
      members.emplace_back("enum", json_words(key));
      return;
    case Kind::Boolean:
      if (key.words.empty()) {
        members.emplace_back("type", json_string("boolean"));
      } else {
        members.emplace_back("enum", json_words(key));
      }
      return;
    case Kind::Text:
      members.emplace_back("type", json_string("string"));
      members.emplace_back("minLength", std::to_string(key.least));
      members.emplace_back("maxLength", std::to_string(key.most));
      return;
    case Kind::List:
      return add_entries(key, indent, members);
    case Kind::Map:
      return add_parts(key, indent, members);
  }
}

// What may stand instead: a word, a text for a map, a single entry for a list.
std::string instead_of(const Key& key, const std::string& indent) {
  const bool instead = key.kind != Kind::Choice && key.kind != Kind::Boolean;
  if (instead && !key.words.empty()) return "{\"enum\": " + json_words(key) + "}";
  if (!key.shorthand) return {};
  return value_of(*parts_of(path_of(key)).front(), indent);
}

std::string value_of(const Key& key, const std::string& indent) {
  std::string description(key.text);
  if (key.kind != Kind::Map) description += " Allowed: " + allowed(key) + ".";
  Members members{{"description", json_string(description)}};
  if (!key.initial.empty()) members.emplace_back("default", scalar(key.initial));
  const std::string deeper = indent + "    ";
  const std::string instead = instead_of(key, deeper);
  if (instead.empty()) {
    add_kind(key, indent, members);
  } else {
    Members kind;
    add_kind(key, deeper, kind);
    members.emplace_back("anyOf", "[\n" + deeper + object(kind, deeper) + ",\n" + deeper + instead +
                                      "\n" + indent + "  ]");
  }
  return object(members, indent);
}

}  // namespace

std::string json_schema() {
  Members parts;
  std::vector<std::string> required;
  for (const Key* key : parts_of("")) {
    parts.emplace_back(key->name, value_of(*key, "    "));
    if (key->required) required.push_back(json_string(key->name));
  }
  return object({{"$schema", json_string("https://json-schema.org/draft/2020-12/schema")},
                 {"title", json_string("The configuration of a tarn domain")},
                 {"type", json_string("object")},
                 {"properties", object(parts, "  ")},
                 {"additionalProperties", "false"},
                 {"required", list(required)}},
                "") +
         '\n';
}

}  // namespace tarn::config
