// A value of the file, the keys that lead to it, and the readers of its plain forms. A reader that does
// not find what is allowed notes that as a problem and answers nothing, so the walk over the file goes
// on and every problem is found in one run. Views of a YamlNode and of Problems, which outlive it; one
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tarn/error.hpp>

#include "config/yaml_node.hpp"

namespace tarn::config {

// What is wrong with a file: file:line:column, the key path, what was found and what is allowed.
class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}

  void add(const YamlNode& at, const std::string& path, const std::string& words);
  [[nodiscard]] bool any() const noexcept { return !problems_.empty(); }
  // InvalidConfig with one line for each problem in the order of the file, as many as an Error holds.
  // Requires: any().
  [[nodiscard]] Error error() const;

 private:
  struct Problem {
    int line;
    int column;
    std::string words;
  };

  std::string file_;
  std::vector<Problem> problems_;
};

class Place {
 public:
  // The whole file, which has no key.
  Place(const YamlNode& root, Problems& problems) : Place(root, root, "", problems) {}

  [[nodiscard]] const YamlNode& node() const noexcept { return *node_; }

  // Calls `read` for every entry whose key is there for the first time.
  void each_entry(
      const std::function<void(const std::string& key, const Place& value)>& read) const;
  // For `read`, when the key means nothing to it.
  void unknown_key(std::string_view allowed_keys) const;

  [[nodiscard]] std::optional<std::string> text(std::string_view allowed) const;
  [[nodiscard]] std::optional<std::uint64_t> number(std::uint64_t least, std::uint64_t most) const;
  [[nodiscard]] std::optional<std::uint64_t> size(std::uint64_t least, std::uint64_t most) const;
  // One of two words: whether it is the second.
  [[nodiscard]] std::optional<bool> second_of(std::string_view first,
                                              std::string_view second) const;

  // "found X; allowed: Y".
  void refuse(std::string_view allowed) const;
  void problem(const std::string& words) const { problems_->add(*node_, path_, words); }
  // The same, where the key stands.
  void key_problem(const std::string& words) const { problems_->add(*key_, path_, words); }

 private:
  Place(const YamlNode& key, const YamlNode& node, std::string path, Problems& problems)
      : key_(&key), node_(&node), path_(std::move(path)), problems_(&problems) {}

  const YamlNode* key_;
  const YamlNode* node_;
  std::string path_;
  Problems* problems_;
};

}  // namespace tarn::config
