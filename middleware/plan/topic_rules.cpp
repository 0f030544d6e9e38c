#include "middleware/plan/topic_rules.hpp"

#include <algorithm>

#include <tarn/limits.hpp>
#include <tarn/topic_name.hpp>

#include "middleware/plan/setting_list.hpp"

namespace tarn::plan {

namespace {

// Takes the setting from the first rule that has it.
template <typename Value>
void take(const std::vector<const TopicRule*>& rules, std::optional<Value> TopicRule::*from,
          Value& to) {
  for (const TopicRule* rule : rules) {
    if (!(rule->*from).has_value()) continue;
    to = *(rule->*from);
    return;
  }
}

}  // namespace

std::vector<const TopicRule*> matching_rules(const TopicRules& rules, std::string_view topic) {
  std::vector<const TopicRule*> matching;
  for (const TopicRule& rule : rules.rules) {
    if (topic_matches(rule.name, topic)) matching.push_back(&rule);
  }
  std::sort(matching.begin(), matching.end(), [](const TopicRule* one, const TopicRule* other) {
    return compare_topic_patterns(one->name, other->name) > 0;
  });
  return matching;
}

const TopicRule* listed(const TopicRules& rules, std::string_view topic) noexcept {
  const auto found = std::find_if(rules.rules.begin(), rules.rules.end(),
                                  [&](const TopicRule& rule) { return rule.name == topic; });
  return found == rules.rules.end() ? nullptr : &*found;
}

TopicSettings resolve(const TopicRules& rules, std::string_view topic) {
  const auto matching = matching_rules(rules, topic);
  TopicSettings settings = rules.defaults;
  if (listed(rules, topic) == nullptr) settings.publishers = kMaxPublishersPerUnlistedTopic;
  for_each_setting(
      [&](const char*, auto setting, auto of_rule) { take(matching, of_rule, settings.*setting); });
  return settings;
}

}  // namespace tarn::plan
