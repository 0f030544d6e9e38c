#include "config/place.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "config/values.hpp"
#include "middleware/vocabulary/printable.hpp"

namespace tarn::config {

using vocabulary::Printable;

namespace {

std::string quoted(std::string_view text) {
  return std::string("'") + Printable(text).c_str() + "'";
}

std::string describe(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::Null:
      return "nothing";
    case YamlNode::Kind::Scalar:
      return quoted(node.scalar);
    case YamlNode::Kind::List:
      return "a list";
    case YamlNode::Kind::Map:
      return "a map";
  }
  return "nothing";
}

}  // namespace

void Problems::add(const YamlNode& at, const std::string& path, const std::string& words) {
  problems_.push_back({at.line, at.column, (path.empty() ? "" : path + ": ") + words});
}

Error Problems::error() const {
  std::vector<Problem> sorted = problems_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& left, const Problem& right) {
    return std::tie(left.line, left.column) < std::tie(right.line, right.column);
  });
  std::string text;
  for (const Problem& problem : sorted) {
    if (text.size() > Error::kTextBytes) break;
    text += (text.empty() ? "" : "\n") + file_ + ":" + std::to_string(problem.line) + ":" +
            std::to_string(problem.column) + ": " + problem.words;
  }
  return Error::make(Errc::InvalidConfig, 0, "%s", text.c_str());
}

void Place::each_entry(
    const std::function<void(const std::string& key, const Place& value)>& read) const {
  if (node_->kind != YamlNode::Kind::Map) {
    refuse("a map (key: value)");
    return;
  }
  std::unordered_map<std::string_view, int> lines;
  for (const auto& [key, value] : node_->entries) {
    if (key.kind != YamlNode::Kind::Scalar) {
      problems_->add(key, path_, "found " + describe(key) + "; allowed: a plain word as key");
      continue;
    }
    const std::string path =
        (path_.empty() ? "" : path_ + ".") + std::string(Printable(key.scalar).c_str());
    const auto [first, is_new] = lines.try_emplace(key.scalar, key.line);
    if (!is_new) {
      problems_->add(
          key, path,
          "found a second time, first in line " + std::to_string(first->second) + "; allowed once");
      continue;
    }
    read(key.scalar, Place(key, value, path, *problems_));
  }
}

void Place::unknown_key(std::string_view allowed_keys) const {
  key_problem("found an unknown key; allowed: " + std::string(allowed_keys));
}

std::optional<std::string> Place::text(std::string_view allowed) const {
  if (node_->kind == YamlNode::Kind::Scalar) return node_->scalar;
  refuse(allowed);
  return std::nullopt;
}

std::optional<std::uint64_t> Place::number(std::uint64_t least, std::uint64_t most) const {
  if (node_->kind == YamlNode::Kind::Scalar) {
    const auto number = parse_number(node_->scalar);
    if (number && *number >= least && *number <= most) return number;
  }
  refuse("a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return std::nullopt;
}

std::optional<std::uint64_t> Place::size(std::uint64_t least, std::uint64_t most) const {
  if (node_->kind == YamlNode::Kind::Scalar) {
    const auto bytes = parse_size(node_->scalar);
    if (bytes && *bytes >= least && *bytes <= most) return bytes;
  }
  refuse("a size from " + format_size(least) + " to " + format_size(most) +
         ": a whole number followed by B, KiB, MiB or GiB");
  return std::nullopt;
}

std::optional<bool> Place::second_of(std::string_view first, std::string_view second) const {
  if (node_->kind == YamlNode::Kind::Scalar) {
    if (node_->scalar == first) return false;
    if (node_->scalar == second) return true;
  }
  refuse(std::string(first) + " or " + std::string(second));
  return std::nullopt;
}

void Place::refuse(std::string_view allowed) const {
  problem("found " + describe(*node_) + "; allowed: " + std::string(allowed));
}

}  // namespace tarn::config
