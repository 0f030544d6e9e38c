#include "config/rulings.hpp"

#include <algorithm>

#include <tarn/topic_name.hpp>

namespace tarn::config {

Rulings::Rulings(const Facts& facts) : facts_(&facts) {
  for (const plan::TopicRule& rule : facts.config().rules.rules) {
    if (!is_topic(rule)) {
      patterns_.push_back(&rule);
    } else if (by_name_.emplace(rule.name, &rule).second) {
      topics_.push_back(&rule);
    }
  }
  std::stable_sort(patterns_.begin(), patterns_.end(),
                   [](const plan::TopicRule* one, const plan::TopicRule* other) {
                     return compare_rules(one, other) > 0;
                   });
}

Matching Rulings::matching(const std::string& name) const {
  Matching matching;
  if (const auto own = by_name_.find(name); own != by_name_.end()) matching.push_back(own->second);
  for (const plan::TopicRule* pattern : patterns_) {
    if (topic_matches(pattern->name, name)) matching.push_back(pattern);
  }
  return matching;
}

bool Rulings::is_topic(const plan::TopicRule& rule) { return !is_topic_pattern(rule.name); }

int compare_rules(const plan::TopicRule* one, const plan::TopicRule* other) {
  if (one == other) return 0;
  if (one == nullptr) return -1;
  if (other == nullptr) return 1;
  const bool one_is_pattern = is_topic_pattern(one->name);
  const bool other_is_pattern = is_topic_pattern(other->name);
  if (one_is_pattern != other_is_pattern) return one_is_pattern ? -1 : 1;
  return compare_topic_patterns(one->name, other->name);
}

}  // namespace tarn::config
