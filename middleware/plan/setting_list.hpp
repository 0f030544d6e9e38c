// The settings of a topic, one after the other, with their YAML keys: for whoever does the same to each
// of them. Knows their names and places, not their values. Free functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include "middleware/plan/topic_rules.hpp"

namespace tarn::plan {

// Calls visit(key, &TopicSettings::x, &TopicRule::x) for each, always in the same order: the stored
// configuration depends on it.
template <typename Visit>
void for_each_setting(Visit visit) {
  visit("type", &TopicSettings::type, &TopicRule::type);
  visit("size", &TopicSettings::payload_bytes, &TopicRule::payload_bytes);
  visit("depth", &TopicSettings::depth, &TopicRule::depth);
  visit("history", &TopicSettings::history, &TopicRule::history);
  visit("publishers", &TopicSettings::publishers, &TopicRule::publishers);
  visit("subscribers", &TopicSettings::subscribers, &TopicRule::subscribers);
  visit("orphans", &TopicSettings::orphans, &TopicRule::orphans);
  visit("held", &TopicSettings::held, &TopicRule::held);
  visit("loans", &TopicSettings::loans, &TopicRule::loans);
  visit("overflow", &TopicSettings::overflow, &TopicRule::overflow);
  visit("stamp", &TopicSettings::stamp, &TopicRule::stamp);
  visit("timeout", &TopicSettings::timeout, &TopicRule::timeout);
  visit("evict_after", &TopicSettings::evict_after, &TopicRule::evict_after);
}

// The YAML key that decides a setting of a topic: "topics.sensor/**.depth", "defaults.depth". Where no line
// does, the one to write: "topics.camera.size", and "topics.camera.publishers" of an unlisted topic.
[[nodiscard]] std::string deciding_key(const TopicRules& rules, std::string_view topic,
                                       std::string_view setting);

}  // namespace tarn::plan
