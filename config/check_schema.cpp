#include "config/check_schema.hpp"

#include <iterator>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tarn/topic_name.hpp>

#include "config/scalars.hpp"
#include "config/schema.hpp"

namespace tarn::config {

namespace {

std::string describe(const DocumentNode& node) {
  switch (node.shape) {
    case DocumentNode::Shape::Scalar:
      return quoted(node.scalar);
    case DocumentNode::Shape::List:
      return "a list";
    case DocumentNode::Shape::Map:
      return "a map";
    default:
      return "nothing";
  }
}

std::vector<std::string> names_in(const std::string& pattern) {
  std::vector<std::string> names;
  for (const Key* key : parts_of(pattern)) names.emplace_back(key->name);
  return names;
}

// A value of the file, its key in the schema and the path that leads to it.
struct Place {
  const Key& key;
  std::string path;
};

class SchemaCheck {
 public:
  SchemaCheck(bool complete, Findings& findings) : complete_(complete), findings_(&findings) {}

  void check_root(DocumentNode& root) {
    if (root.shape != DocumentNode::Shape::Map) {
      if (complete_) refuse(root, "", "a map (key: value)");
      return;
    }
    root.sound = true;
    check_entries(root, "", "");
  }
  Checked take() { return std::move(checked_); }

 private:
  void refuse(const DocumentNode& node, const std::string& path, const std::string& allowed_words) {
    if (node.shape == DocumentNode::Shape::Refused) return;
    findings_->add(node.at, path, "found " + describe(node) + "; allowed: " + allowed_words);
  }

  // A single value in the place of a list or a map that has a short form becomes one.
  static void expand_shorthand(DocumentNode& node, const Key& key) {
    if (!key.shorthand || node.shape != DocumentNode::Shape::Scalar) return;
    DocumentNode full{
        .shape = key.kind == Kind::List ? DocumentNode::Shape::List : DocumentNode::Shape::Map,
        .at = node.at};
    if (key.kind == Kind::List) {
      full.items.push_back(std::move(node));
    } else {
      const std::string_view first = parts_of(path_of(key)).front()->name;
      DocumentNode name{
          .shape = DocumentNode::Shape::Scalar, .at = node.at, .scalar = std::string(first)};
      full.entries.push_back({.key = std::move(name), .value = std::move(node)});
    }
    node = std::move(full);
  }

  void check_value(DocumentNode& node, const Place& place);
  void check_list(DocumentNode& list, const Place& place);
  void check_entries(DocumentNode& map, const std::string& pattern, const std::string& path);
  void check_entry(Entry& entry, const std::string& pattern, const std::string& path);
  void refuse_key(const DocumentNode& key, const std::string& pattern, const std::string& path);
  void check_name(Entry& entry, const Place& place);
  void check_required(const DocumentNode& map, const std::string& pattern, const std::string& path);
  // True: the key is a second one; its value has been dealt with.
  bool merge_repeated(DocumentNode& map, std::size_t index, const std::string& path,
                      std::unordered_map<std::string, std::size_t>& first);

  bool complete_;
  Findings* findings_;
  Checked checked_;
};

void SchemaCheck::check_value(DocumentNode& node, const Place& place) {
  expand_shorthand(node, place.key);
  const auto wanted = place.key.kind == Kind::Map    ? DocumentNode::Shape::Map
                      : place.key.kind == Kind::List ? DocumentNode::Shape::List
                                                     : DocumentNode::Shape::Scalar;
  if (node.shape != wanted) {
    refuse(node, place.path, allowed(place.key));
  } else if (wanted == DocumentNode::Shape::Map) {
    node.sound = true;
    check_entries(node, path_of(place.key), place.path);
  } else if (wanted == DocumentNode::Shape::List) {
    check_list(node, place);
  } else if (auto fault = read_scalar(node, place.key)) {
    findings_->add(node.at, place.path, std::move(*fault));
  }
  if (!node.sound) checked_.doubts.add(place.path);
}

void SchemaCheck::check_list(DocumentNode& list, const Place& place) {
  const std::size_t count = list.items.size();
  list.sound = count >= place.key.least && count <= place.key.most;
  if (!list.sound) {
    findings_->add(list.at, place.path,
                   "found " + std::to_string(count) + " entries; allowed: " + allowed(place.key));
  }
  const Key* const entry = find_key(path_of(place.key), "[]");
  for (std::size_t i = 0; i < count; ++i) {
    const std::string path = join_path(place.path, i);
    checked_.origins.set(path, {list.items[i].at, list.items[i].at});
    check_value(list.items[i], {*entry, path});
  }
}

bool SchemaCheck::merge_repeated(DocumentNode& map, std::size_t index, const std::string& path,
                                 std::unordered_map<std::string, std::size_t>& first) {
  Entry& entry = map.entries[index];
  const auto [before, is_new] = first.try_emplace(entry.key.scalar, index);
  if (is_new) return false;
  Entry& original = map.entries[before->second];
  const std::string key_path = join_path(path, entry.key.scalar);
  findings_->add(entry.key.at, key_path,
                 "found a second time, first in line " + std::to_string(original.key.at.line) +
                     "; allowed: once");
  // Maps and lists are read as if they had been one, so that what is wrong in the second is found, too.
  const auto move_all = [](auto& from, auto& to) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    from.clear();
  };
  move_all(entry.value.entries, original.value.entries);
  move_all(entry.value.items, original.value.items);
  if (entry.value.shape == DocumentNode::Shape::Scalar) checked_.doubts.add(key_path);
  return original.value.shape == entry.value.shape &&
         entry.value.shape != DocumentNode::Shape::Scalar;
}

void SchemaCheck::check_entries(DocumentNode& map, const std::string& pattern,
                                const std::string& path) {
  std::unordered_map<std::string, std::size_t> first;
  std::vector<std::size_t> to_check;
  for (std::size_t i = 0; i < map.entries.size(); ++i) {
    DocumentNode& key = map.entries[i].key;
    if (key.shape != DocumentNode::Shape::Scalar) {
      refuse(key, path, "a plain word as key");
    } else if (!merge_repeated(map, i, path, first)) {
      map.entries[i].known = first[key.scalar] == i;
      to_check.push_back(i);
    }
  }
  for (const std::size_t i : to_check) check_entry(map.entries[i], pattern, path);
  if (complete_) check_required(map, pattern, path);
}

void SchemaCheck::check_entry(Entry& entry, const std::string& pattern, const std::string& path) {
  const std::string key_path = join_path(path, entry.key.scalar);
  const Key* const key = find_key(pattern, entry.key.scalar);
  if (key == nullptr) {
    entry.known = false;
    refuse_key(entry.key, pattern, path);
    return;
  }
  if (key->name == "*") check_name(entry, {*key, key_path});
  if (entry.known) checked_.origins.set(key_path, {entry.key.at, entry.value.at});
  check_value(entry.value, {*key, key_path});
}

void SchemaCheck::refuse_key(const DocumentNode& key, const std::string& pattern,
                             const std::string& path) {
  const std::string key_path = join_path(path, key.scalar);
  if (key.scalar == "<<") {
    findings_->add(key.at, key_path, "found a merge key; allowed: plain values");
    return;
  }
  const std::vector<std::string> names = names_in(pattern);
  std::string words;
  for (const std::string& name : names) words += (words.empty() ? "" : ", ") + name;
  findings_->add(key.at, key_path,
                 "found an unknown key; allowed: " + words + did_you_mean(key.scalar, names));
  const std::string near = nearest_word(key.scalar, names);
  if (!near.empty()) checked_.doubts.add(join_path(path, near));
}

void SchemaCheck::check_name(Entry& entry, const Place& place) {
  auto fault = fault_of_text(entry.key.scalar, place.key);
  if (!fault) return;
  findings_->add(entry.key.at, place.path, std::move(*fault));
  checked_.doubts.add(place.path);
  entry.known = false;
  if (!is_topic_pattern(entry.key.scalar)) return;
  for (const Entry& setting : entry.value.entries) {
    checked_.doubts.add(join_path(kStrayPattern, setting.key.scalar));
  }
}

void SchemaCheck::check_required(const DocumentNode& map, const std::string& pattern,
                                 const std::string& path) {
  for (const Key* key : parts_of(pattern)) {
    const std::string key_path = join_path(path, key->name);
    if (!key->required || map.part(key->name) != nullptr || checked_.doubts.about(key_path)) {
      continue;
    }
    findings_->add(map.at, key_path, "found nothing; allowed: " + allowed(*key));
    checked_.doubts.add(key_path);
  }
}

}  // namespace

bool Doubts::below(const std::string& path) const {
  for (auto doubt = paths_.lower_bound(path); doubt != paths_.end(); ++doubt) {
    if (!doubt->starts_with(path)) return false;
    const bool inside = doubt->size() == path.size() || (*doubt)[path.size()] == '.' ||
                        (*doubt)[path.size()] == '[';
    if (inside || path.empty()) return true;
  }
  return false;
}

Checked check_schema(DocumentNode& root, bool complete, Findings& findings) {
  SchemaCheck check(complete, findings);
  check.check_root(root);
  return check.take();
}

}  // namespace tarn::config
