#include "config/schema.hpp"

#include "config/schema_table.hpp"
#include "config/values.hpp"

namespace tarn::config {

namespace {

std::string words_of(const Key& key) {
  std::string text;
  for (std::size_t i = 0; i < key.words.size(); ++i) {
    if (i > 0) text += i + 1 == key.words.size() ? " or " : ", ";
    text += key.words[i];
  }
  return text;
}

std::string range_of(const Key& key, std::string (*format)(std::uint64_t)) {
  return " from " + format(key.least) + " to " + format(key.most);
}

std::string format_number(std::uint64_t number) { return std::to_string(number); }

std::string allowed_entries(const Key& key) {
  const std::string most = std::to_string(key.most);
  return key.least > 0 ? "a list of " + std::to_string(key.least) + " to " + most + " entries"
                       : "a list of at most " + most + " entries";
}

std::string allowed_values(const Key& key) {
  switch (key.kind) {
    case Kind::Number:
      return "a whole number" + range_of(key, format_number);
    case Kind::Size:
      return "a size" + range_of(key, format_size) + " (a whole number and B, KiB, MiB or GiB)";
    case Kind::Duration:
      return "a duration" + range_of(key, format_duration) + " (a whole number and us, ms or s)";
    case Kind::Rate:
      return "a rate" + range_of(key, format_rate) + " (a whole number and Hz)";
    case Kind::Choice:
      return words_of(key);
    case Kind::Boolean:
      return key.words.empty() ? "true or false" : words_of(key);
    case Kind::Text:
      return std::string(key.form);
    case Kind::List:
      return allowed_entries(key);
    case Kind::Map:
      return "a map (key: value)";
  }
  return {};
}

// Every key directly followed by what is inside it.
void append_parts(const std::vector<Key>& all, const std::string& parent,
                  std::vector<Key>& ordered) {
  for (const Key& key : all) {
    if (key.parent != parent) continue;
    ordered.push_back(key);
    if (key.kind == Kind::Map || key.kind == Kind::List) {
      append_parts(all, path_of(key), ordered);
    }
  }
}

std::vector<Key> make_table() {
  std::vector<Key> all = domain_keys();
  const std::vector<Key> links = link_keys();
  all.insert(all.end(), links.begin(), links.end());
  std::vector<Key> ordered;
  append_parts(all, "", ordered);
  return ordered;
}

}  // namespace

std::span<const Key> keys() noexcept {
  static const std::vector<Key> kTable = make_table();
  return kTable;
}

std::string path_of(const Key& key) {
  std::string path(key.parent);
  if (!path.empty() && key.name != "[]") path += '.';
  return path.append(key.name);
}

const Key* find_key(std::string_view path) noexcept {
  for (const Key& key : keys()) {
    const bool entry = key.name == "[]";
    const std::size_t joint = key.parent.empty() || entry ? 0 : 1;
    if (path.size() != key.parent.size() + joint + key.name.size()) continue;
    if (path.starts_with(key.parent) && path.ends_with(key.name)) return &key;
  }
  return nullptr;
}

const Key* find_key(std::string_view parent, std::string_view name) noexcept {
  for (const Key& key : keys()) {
    if (key.parent == parent && (key.name == name || key.name == "*")) return &key;
  }
  return nullptr;
}

std::vector<const Key*> parts_of(std::string_view parent) {
  std::vector<const Key*> parts;
  for (const Key& key : keys()) {
    if (key.parent == parent) parts.push_back(&key);
  }
  return parts;
}

std::string allowed(const Key& key) {
  std::string text = allowed_values(key);
  const bool instead = key.kind != Kind::Choice && key.kind != Kind::Boolean && !key.words.empty();
  if (instead) text += ", or " + words_of(key);
  return text;
}

std::string_view to_string(Kind kind) noexcept {
  switch (kind) {
    case Kind::Number:
      return "a number";
    case Kind::Size:
      return "a size";
    case Kind::Duration:
      return "a duration";
    case Kind::Rate:
      return "a rate";
    case Kind::Choice:
      return "a choice";
    case Kind::Boolean:
      return "true or false";
    case Kind::Text:
      return "a text";
    case Kind::List:
      return "a list";
    case Kind::Map:
      return "a map";
  }
  return "";
}

std::string_view to_string(Effect effect) noexcept {
  switch (effect) {
    case Effect::Restart:
      return "at start";
    case Effect::Reload:
      return "at reload";
    case Effect::NewTopics:
      return "at reload, for topics that nobody is on";
    case Effect::LinkStart:
      return "when tarn link starts";
  }
  return "";
}

std::string_view units_of(Kind kind) noexcept {
  switch (kind) {
    case Kind::Size:
      return "B KiB MiB GiB";
    case Kind::Duration:
      return "us ms s";
    case Kind::Rate:
      return "Hz";
    default:
      return "";
  }
}

}  // namespace tarn::config
