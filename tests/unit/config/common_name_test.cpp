#include "config/common_name.hpp"

#include <random>
#include <string>
#include <vector>

#include <tarn/topic_name.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/seed.hpp"

using tarn::config::common_name;
using tarn::config::common_names;

TEST_CASE("a common name is the shortest that both patterns match", "[config]") {
  CHECK(common_name("sensor/*/raw", "sensor/imu/*") == "sensor/imu/raw");
  CHECK(common_name("a/**", "**/b") == "a/b");
  CHECK(common_name("**/b", "a/**") == "a/b");
  CHECK(common_name("*", "**") == "any");
  CHECK(common_name("**/a", "**/b/*") == "b/a");
  CHECK(common_name("a/**/c", "a/c/**") == "a/c");
}

TEST_CASE("common names differ in what many levels stand for", "[config]") {
  CHECK(common_names("a/**", "a/**") == std::vector<std::string>{"a/any", "a"});
  CHECK(common_names("a/*", "b/*").empty());
  CHECK(common_names("a/**", "*/b") == std::vector<std::string>{"a/b"});
}

TEST_CASE("common names are names that both patterns match", "[config]") {
  std::mt19937 random(tarn::test::seed());
  const auto draw = [&] {
    static const std::vector<std::string> kLevels{"a", "b", "*", "**"};
    std::string pattern;
    for (auto levels = 1 + random() % 5; levels > 0; --levels) {
      pattern += (pattern.empty() ? "" : "/") + kLevels[random() % kLevels.size()];
    }
    return pattern;
  };
  int overlapping = 0;
  for (int round = 0; round < 5000; ++round) {
    const std::string one = draw();
    const std::string other = draw();
    if (!tarn::check_topic_pattern(one) || !tarn::check_topic_pattern(other)) continue;
    CAPTURE(one, other);
    const auto names = common_names(one, other);
    CHECK(names.empty() == !tarn::topic_patterns_overlap(one, other));
    for (const std::string& name : names) {
      ++overlapping;
      CAPTURE(name);
      CHECK(tarn::check_topic_name(name));
      CHECK(tarn::topic_matches(one, name));
      CHECK(tarn::topic_matches(other, name));
    }
  }
  CHECK(overlapping > 100);
}
