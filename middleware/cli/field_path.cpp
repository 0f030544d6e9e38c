#include "middleware/cli/field_path.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "middleware/vocabulary/nearest.hpp"

namespace tarn::cli {

namespace {

using Kind = TypeNode::Kind;

std::optional<std::size_t> index_in(std::string_view part) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), index);
  if (error != std::errc{} || end != part.data() + part.size()) return std::nullopt;
  return index;
}

// Where a path has come to: at a type below its first `level` dimensions.
struct Place {
  const TypeNode* type;
  std::size_t level = 0;

  // A list is one dimension of its items, and a row of characters is a text and none.
  [[nodiscard]] std::size_t dimensions() const {
    const std::size_t all = type->counts.size() + (type->open ? 1 : 0);
    return type->kind == Kind::Char && all > 0 ? all - 1 : all;
  }
};

Place behind_wrappers(Place place) {
  while (place.level == place.dimensions()) {
    if (place.type->kind == Kind::Maybe) {
      place = {.type = &place.type->fields[1].type};
    } else if (place.type->kind == Kind::List) {
      // Its items' first count is its capacity.
      return {.type = &place.type->fields[1].type};
    } else {
      break;
    }
  }
  return place;
}

std::vector<std::string> names_at(const Place& place) {
  std::vector<std::string> names;
  if (place.type->kind != Kind::Struct || place.level < place.dimensions()) return names;
  for (const TypeField& field : place.type->fields) names.push_back(field.name);
  return names;
}

Error no_field(std::string_view path, std::string_view part, const Place& place) {
  std::string has;
  for (const std::string& name : names_at(place)) has += (has.empty() ? "" : ", ") + name;
  if (has.empty()) {
    has = place.level < place.dimensions() ? "elements, counted from 0" : "no fields";
  }
  return Error::make(Errc::InvalidArgument, 0, "no field '%.*s': at '%.*s' the message has %s%s",
                     static_cast<int>(path.size()), path.data(), static_cast<int>(part.size()),
                     part.data(), has.c_str(),
                     vocabulary::nearest_text(part, names_at(place)).c_str());
}

bool step(Place& place, std::string_view part) {
  place = behind_wrappers(place);
  if (place.level < place.dimensions()) {
    ++place.level;
    return index_in(part).has_value();
  }
  if (place.type->kind != Kind::Struct) return false;
  for (const TypeField& field : place.type->fields) {
    if (field.name != part) continue;
    place = {.type = &field.type};
    return true;
  }
  return false;
}

}  // namespace

Result<FieldPath> find_field(const TypeNode& type, std::string_view path) {
  FieldPath parts;
  Place place{.type = &type};
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    const Place before = behind_wrappers(place);
    if (!step(place, part)) return Failure(no_field(path, part, before));
    parts.emplace_back(part);
    begin = end + 1;
  }
  return parts;
}

Value pick(Value value, const FieldPath& path) {
  for (const std::string& part : path) {
    Value next;
    if (auto* sequence = std::get_if<Sequence>(&value.is)) {
      const auto index = index_in(part);
      if (index && *index < sequence->items.size()) next = std::move(sequence->items[*index]);
    } else if (auto* mapping = std::get_if<Mapping>(&value.is)) {
      const auto found = std::find_if(mapping->begin(), mapping->end(),
                                      [&](const Entry& entry) { return entry.name == part; });
      if (found != mapping->end()) next = std::move(found->value);
    }
    value = std::move(next);
  }
  return value;
}

}  // namespace tarn::cli
