#include "config/common_name.hpp"

#include <algorithm>
#include <cstddef>

#include <tarn/limits.hpp>
#include <tarn/topic_name.hpp>

namespace tarn::config {

namespace {

constexpr std::string_view kOne = "*";
constexpr std::string_view kMany = "**";
constexpr std::string_view kOpen = "any";

using Levels = std::vector<std::string_view>;

Levels levels_of(std::string_view pattern) {
  Levels levels;
  for (std::size_t start = 0; start <= pattern.size();) {
    const std::size_t end = std::min(pattern.find('/', start), pattern.size());
    levels.push_back(pattern.substr(start, end - start));
    start = end + 1;
  }
  return levels;
}

// Which ends of two patterns overlap: [i][j] for what is left after i and j levels.
class Overlaps {
 public:
  Overlaps(const Levels& one, const Levels& other)
      : columns_(other.size() + 1), some_((one.size() + 1) * columns_) {
    for (std::size_t i = one.size() + 1; i-- > 0;) {
      for (std::size_t j = columns_; j-- > 0;) some_[i * columns_ + j] = find(one, i, other, j);
    }
  }
  [[nodiscard]] bool at(std::size_t i, std::size_t j) const { return some_[i * columns_ + j]; }

 private:
  [[nodiscard]] bool find(const Levels& one, std::size_t i, const Levels& other,
                          std::size_t j) const {
    const bool left = i < one.size();
    const bool right = j < other.size();
    if (!left && !right) return true;
    if (left && one[i] == kMany && (at(i + 1, j) || (right && at(i, j + 1)))) return true;
    if (right && other[j] == kMany && (at(i, j + 1) || (left && at(i + 1, j)))) return true;
    if (!left || !right || one[i] == kMany || other[j] == kMany) return false;
    const bool agree = one[i] == other[j] || one[i] == kOne || other[j] == kOne;
    return agree && at(i + 1, j + 1);
  }

  std::size_t columns_;
  std::vector<bool> some_;
};

std::string_view plain(std::string_view level) {
  return level == kOne || level == kMany ? kOpen : level;
}

// "**" as exactly one level.
std::string with_one_level(std::string_view pattern) {
  std::string text;
  for (const std::string_view level : levels_of(pattern)) {
    text += (text.empty() ? "" : "/") + std::string(level == kMany ? kOne : level);
  }
  return text;
}

}  // namespace

std::string common_name(std::string_view one_pattern, std::string_view other_pattern) {
  const Levels one = levels_of(one_pattern);
  const Levels other = levels_of(other_pattern);
  const Overlaps overlaps(one, other);
  std::string name;
  const auto put = [&](std::string_view level) {
    name += (name.empty() ? "" : "/") + std::string(plain(level));
  };
  for (std::size_t i = 0, j = 0; i < one.size() || j < other.size();) {
    const bool left_many = i < one.size() && one[i] == kMany;
    const bool right_many = j < other.size() && other[j] == kMany;
    if (left_many && overlaps.at(i + 1, j)) {
      ++i;
    } else if (right_many && overlaps.at(i, j + 1)) {
      ++j;
    } else if (left_many) {
      put(other[j++]);
    } else if (right_many) {
      put(one[i++]);
    } else {
      put(one[i] == kOne ? other[j] : one[i]);
      ++i;
      ++j;
    }
  }
  return name.empty() ? std::string(kOpen) : name;
}

std::vector<std::string> common_names(std::string_view one, std::string_view other) {
  std::vector<std::string> names;
  for (const std::string& left : {with_one_level(one), std::string(one)}) {
    for (const std::string& right : {with_one_level(other), std::string(other)}) {
      if (!topic_patterns_overlap(left, right)) continue;
      std::string name = common_name(left, right);
      const bool is_new = std::find(names.begin(), names.end(), name) == names.end();
      if (is_new && name.size() <= kMaxTopicNameBytes) names.push_back(std::move(name));
    }
  }
  return names;
}

}  // namespace tarn::config
