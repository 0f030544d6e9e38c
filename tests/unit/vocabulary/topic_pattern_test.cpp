#include <tarn/topic_name.hpp>

#include <algorithm>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/catch.hpp"

using tarn::check_topic_pattern;
using tarn::compare_topic_patterns;
using tarn::topic_matches;
using tarn::topic_patterns_overlap;

namespace {

// Every sequence of the words with 1 to `most` levels.
std::vector<std::string> sequences(const std::vector<std::string>& words, std::size_t most) {
  std::vector<std::string> all = words;
  std::size_t first = 0;
  for (std::size_t levels = 1; levels < most; ++levels) {
    const std::size_t end = all.size();
    for (; first < end; ++first) {
      for (const std::string& word : words) all.push_back(all[first] + "/" + word);
    }
  }
  return all;
}

std::vector<std::string> small_patterns() {
  auto patterns = sequences({"a", "b", "*", "**"}, 4);
  std::erase_if(patterns, [](const std::string& pattern) { return !check_topic_pattern(pattern); });
  return patterns;
}

// The same said as a regular expression over "/level/level".
std::regex expression_of(std::string_view pattern) {
  std::string text;
  for (std::size_t at = 0; at <= pattern.size();) {
    const std::size_t end = std::min(pattern.find('/', at), pattern.size());
    const std::string_view level = pattern.substr(at, end - at);
    text += level == "**" ? "(/[^/]+)*" : level == "*" ? "/[^/]+" : "/" + std::string(level);
    at = end + 1;
  }
  return std::regex(text);
}

// Which of the names match, by that expression.
std::vector<bool> matches(const std::string& pattern, const std::vector<std::string>& names) {
  const std::regex expression = expression_of(pattern);
  std::vector<bool> found;
  for (const std::string& name : names) found.push_back(std::regex_match("/" + name, expression));
  return found;
}

bool includes(const std::vector<bool>& all, const std::vector<bool>& part) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (part[i] && !all[i]) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("a star matches one level and two stars match any number", "[topic_pattern]") {
  CHECK(topic_matches("sensor/*", "sensor/imu"));
  CHECK_FALSE(topic_matches("sensor/*", "sensor"));
  CHECK_FALSE(topic_matches("sensor/*", "sensor/imu/raw"));
  CHECK(topic_matches("sensor/**", "sensor"));
  CHECK(topic_matches("sensor/**", "sensor/imu/raw"));
  CHECK(topic_matches("**/raw", "raw"));
  CHECK(topic_matches("a/**/d", "a/b/c/d"));
  CHECK_FALSE(topic_matches("a/**/d", "a/b/c"));
  CHECK(topic_matches("sensor/imu", "sensor/imu"));
  CHECK_FALSE(topic_matches("sensor/imu", "sensor/imu2"));
}

TEST_CASE("what is no pattern is refused with what was found", "[topic_pattern]") {
  const auto refusal = [](std::string_view pattern) -> std::string {
    const auto checked = check_topic_pattern(pattern);
    return checked ? "" : checked.error().message();
  };
  const auto says = [&](std::string_view pattern, std::string_view words) {
    return refusal(pattern).find(words) != std::string::npos;
  };
  CHECK(refusal("sensor/**/raw/*").empty());
  CHECK(says("sen*/imu", "a '*' inside a level"));
  CHECK(says("a/***", "a '*' inside a level"));
  CHECK(says("a/**/**", "a second '**'"));
  CHECK(says("**/*/**", "a second '**'"));
  CHECK(refusal("**/a/**").empty());
  CHECK(says("/a", "an empty level"));
  CHECK(says("a/", "an empty level"));
  CHECK(says("a//b", "an empty level"));
  CHECK(says("", "is empty"));
  CHECK(says(std::string(128, '*'), "128 bytes"));
  CHECK(says("a/b c/*", "found ' '"));
}

TEST_CASE("every small pattern matches what its regular expression matches", "[topic_pattern]") {
  const auto names = sequences({"a", "b", "c"}, 5);
  for (const std::string& pattern : small_patterns()) {
    const auto expected = matches(pattern, names);
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (topic_matches(pattern, names[i]) != expected[i]) FAIL(pattern + " and " + names[i]);
    }
  }
  SUCCEED();
}

TEST_CASE("patterns overlap when a name matches both, and the narrower one wins",
          "[topic_pattern]") {
  // Names long enough for two patterns of four levels, and one word that stands in none of them.
  const auto names = sequences({"a", "b", "c"}, 7);
  const auto patterns = [] {
    auto some = small_patterns();
    std::erase_if(some, [](const std::string& pattern) {
      return std::count(pattern.begin(), pattern.end(), '/') > 2;
    });
    return some;
  }();
  std::vector<std::vector<bool>> found;
  for (const std::string& pattern : patterns) found.push_back(matches(pattern, names));
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    for (std::size_t j = 0; j < patterns.size(); ++j) {
      bool both = false;
      for (std::size_t k = 0; k < names.size(); ++k) both = both || (found[i][k] && found[j][k]);
      if (topic_patterns_overlap(patterns[i], patterns[j]) != both) {
        FAIL(patterns[i] + " and " + patterns[j]);
      }
      if (i == j || found[i] == found[j] || !includes(found[i], found[j])) continue;
      if (compare_topic_patterns(patterns[j], patterns[i]) <= 0) {
        FAIL(patterns[j] + " is narrower than " + patterns[i]);
      }
    }
  }
  SUCCEED();
}

TEST_CASE("two patterns of one width tie", "[topic_pattern]") {
  CHECK(compare_topic_patterns("*/imu", "sensor/*") == 0);
  CHECK(compare_topic_patterns("sensor/*", "sensor/**") > 0);
  CHECK(compare_topic_patterns("**", "a/**") < 0);
}
