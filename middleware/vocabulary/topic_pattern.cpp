
#include <array>
#include <cstddef>

#include <tarn/limits.hpp>
#include <tarn/topic_name.hpp>

#include "middleware/vocabulary/printable.hpp"

namespace tarn {

using vocabulary::Printable;

namespace {

constexpr std::string_view kOne = "*";
constexpr std::string_view kMany = "**";
constexpr std::size_t kMaxLevels = (kMaxTopicNameBytes + 1) / 2;

// Takes the first level off a name that has one.
std::string_view next_level(std::string_view& rest) noexcept {
  const std::size_t end = rest.find('/');
  const std::string_view level = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return level;
}

struct Levels {
  explicit Levels(std::string_view name) noexcept {
    while (!name.empty() && count < kMaxLevels) level[count++] = next_level(name);
  }
  std::array<std::string_view, kMaxLevels> level;
  std::size_t count = 0;
};

bool agree(std::string_view one, std::string_view other) noexcept {
  return one == other || one == kOne || other == kOne;
}

// Whether some sequence of levels fits both: row by row over `one`, a column for each place in `other`.
bool overlap(const Levels& one, const Levels& other) noexcept {
  std::array<bool, kMaxLevels + 1> row{};
  row[0] = true;
  for (std::size_t j = 0; j < other.count && other.level[j] == kMany; ++j) row[j + 1] = true;
  for (std::size_t i = 0; i < one.count; ++i) {
    const bool many = one.level[i] == kMany;
    std::array<bool, kMaxLevels + 1> below{};
    below[0] = many && row[0];
    for (std::size_t j = 0; j < other.count; ++j) {
      const bool other_many = other.level[j] == kMany;
      if (many || other_many) {
        // A "**" ends here, or takes one level more of the other side.
        below[j + 1] = row[j + 1] || below[j];
      } else {
        below[j + 1] = row[j] && agree(one.level[i], other.level[j]);
      }
    }
    row = below;
  }
  return row[other.count];
}

struct Counts {
  int plain = 0;
  int one = 0;
  int many = 0;
};

Counts count_levels(std::string_view pattern) noexcept {
  Counts counts;
  while (!pattern.empty()) {
    const std::string_view level = next_level(pattern);
    if (level == kMany) {
      ++counts.many;
    } else if (level == kOne) {
      ++counts.one;
    } else {
      ++counts.plain;
    }
  }
  return counts;
}

Failure refuse(std::string_view pattern, const char* found) noexcept {
  return Failure(Error::make(Errc::InvalidTopic, 0,
                             "topic pattern '%s': found %s; allowed are plain levels, '*' for one "
                             "level and '**' for many, joined by '/'",
                             Printable(pattern).c_str(), found));
}

}  // namespace

bool is_topic_pattern(std::string_view name) noexcept {
  return name.find('*') != std::string_view::npos;
}

Result<void> check_topic_pattern(std::string_view pattern) noexcept {
  // Empty or too long: said as of any name, which looks no further then.
  if (pattern.empty() || pattern.size() > kMaxTopicNameBytes) return check_topic_name(pattern);
  const bool at_edge = pattern.front() == '/' || pattern.back() == '/';
  if (at_edge || pattern.find("//") != std::string_view::npos) {
    return refuse(pattern, "an empty level");
  }
  bool many_before = false;  // since the last plain level
  for (std::string_view rest = pattern; !rest.empty();) {
    const std::string_view level = next_level(rest);
    if (level == kOne) continue;
    if (level == kMany) {
      if (many_before) return refuse(pattern, "a second '**' without a plain level between");
      many_before = true;
      continue;
    }
    if (is_topic_pattern(level)) return refuse(pattern, "a '*' inside a level");
    if (auto valid = check_topic_name(level); !valid) return valid;
    many_before = false;
  }
  return {};
}

bool topic_matches(std::string_view pattern, std::string_view name) noexcept {
  if (!is_topic_pattern(pattern)) return pattern == name;
  return overlap(Levels(pattern), Levels(name));
}

bool topic_patterns_overlap(std::string_view one, std::string_view other) noexcept {
  return overlap(Levels(one), Levels(other));
}

int compare_topic_patterns(std::string_view one, std::string_view other) noexcept {
  const Counts left = count_levels(one);
  const Counts right = count_levels(other);
  if (left.plain != right.plain) return left.plain - right.plain;
  if (left.many != right.many) return right.many - left.many;
  return left.one - right.one;
}

}  // namespace tarn
