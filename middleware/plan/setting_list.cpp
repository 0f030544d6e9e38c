#include "middleware/plan/setting_list.hpp"

namespace tarn::plan {

std::string deciding_key(const TopicRules& rules, std::string_view topic,
                         std::string_view setting) {
  const TopicRule* rule = nullptr;
  for_each_setting([&](std::string_view key, auto, auto of_rule) {
    if (key == setting) rule = decider(rules, topic, of_rule);
  });
  std::string section = rule == nullptr ? "defaults" : "topics." + rule->name;
  const bool undecided = (setting == "size" && rules.defaults.payload_bytes == 0) ||
                         (setting == "publishers" && listed(rules, topic) == nullptr);
  if (rule == nullptr && undecided) section = "topics." + std::string(topic);
  return section + "." + std::string(setting);
}

}  // namespace tarn::plan
