#include "middleware/broker/check_options.hpp"

#include <algorithm>
#include <cinttypes>
#include <string>

#include <tarn/limits.hpp>
#include <tarn/topic_name.hpp>

#include "middleware/plan/setting_list.hpp"
#include "middleware/vocabulary/domain_name.hpp"

namespace tarn::broker {

namespace {

struct Range {
  const char* key;
  std::uint32_t found;
  std::uint32_t least;
  std::uint32_t most;
};

Result<void> check(const std::string& prefix, const Range& range) {
  if (range.found >= range.least && range.found <= range.most) return {};
  return Failure(Error::make(Errc::InvalidConfig, 0, "%s.%s is %u, allowed is %u to %u",
                             prefix.c_str(), range.key, static_cast<unsigned>(range.found),
                             static_cast<unsigned>(range.least),
                             static_cast<unsigned>(range.most)));
}

Result<void> check_type(const std::string& prefix, const std::string& type) {
  if (type.size() <= kMaxTypeNameBytes) return {};
  return Failure(Error::make(Errc::InvalidConfig, 0,
                             "%s.type has %zu bytes, allowed are at most %zu", prefix.c_str(),
                             type.size(), kMaxTypeNameBytes));
}

Result<void> check_settings(const std::string& prefix, const plan::TopicSettings& settings) {
  if (auto typed = check_type(prefix, settings.type); !typed) return typed;
  const Range ranges[] = {
      {"size", settings.payload_bytes, 0, kMaxMessageBytes},
      {"depth", settings.depth, 1, kMaxDepth},
      {"history", settings.history, 0, kMaxDepth},
      {"publishers", settings.publishers, 1, kMaxPublishersPerTopic},
      {"subscribers", settings.subscribers, 1, kMaxSubscribersPerTopic},
      {"orphans", settings.orphans, 0, kMaxOrphans},
      {"held", settings.held, 1, kMaxHeld},
      {"loans", settings.loans, 1, kMaxLoans},
  };
  for (const Range& range : ranges) {
    if (auto checked = check(prefix, range); !checked) return checked;
  }
  return {};
}

Result<void> check_history(const std::string& key, const plan::TopicSettings& settings) {
  if (settings.history <= settings.depth) return {};
  return Failure(Error::make(Errc::InvalidConfig, 0,
                             "%s is %" PRIu32 ", allowed is at most the depth, %" PRIu32,
                             key.c_str(), settings.history, settings.depth));
}

// What a rule says itself; the rest of it is what anybody may have.
plan::TopicSettings settings_alone(const plan::TopicRule& rule) {
  plan::TopicSettings settings;
  plan::for_each_setting([&](const char*, auto setting, auto of_rule) {
    if ((rule.*of_rule).has_value()) settings.*setting = *(rule.*of_rule);
  });
  return settings;
}

bool in_conflict(const plan::TopicRule& one, const plan::TopicRule& other) {
  return one.name == other.name || (is_topic_pattern(one.name) && is_topic_pattern(other.name) &&
                                    compare_topic_patterns(one.name, other.name) == 0 &&
                                    topic_patterns_overlap(one.name, other.name));
}

Result<void> check_rule(const plan::TopicRules& rules, const plan::TopicRule& rule) {
  const bool pattern = is_topic_pattern(rule.name);
  auto named = pattern ? check_topic_pattern(rule.name) : check_user_topic_name(rule.name);
  if (!named) return named;
  const auto other =
      std::find_if(rules.rules.begin(), rules.rules.end(), [&](const plan::TopicRule& candidate) {
        return &candidate != &rule && in_conflict(rule, candidate);
      });
  if (other != rules.rules.end()) {
    return Failure(Error::make(Errc::InvalidConfig, 0,
                               "topics.%s and topics.%s match the same names, and neither is the "
                               "narrower one: keep one of them",
                               rule.name.c_str(), other->name.c_str()));
  }
  if (auto checked = check_settings("topics." + rule.name, settings_alone(rule)); !checked) {
    return checked;
  }
  if (pattern) return {};
  return check_history(plan::deciding_key(rules, rule.name, "history"),
                       plan::resolve(rules, rule.name));
}

}  // namespace

Result<void> check_options(const BrokerOptions& options) {
  if (auto named = vocabulary::check_domain_name(options.domain); !named) return named;
  const plan::TopicRules& rules = options.rules;
  if (auto checked = check_settings("defaults", rules.defaults); !checked) return checked;
  if (auto checked = check_history("defaults.history", rules.defaults); !checked) return checked;
  for (const plan::TopicRule& rule : rules.rules) {
    if (auto checked = check_rule(rules, rule); !checked) return checked;
  }
  return {};
}

Result<plan::MemoryPlan> plan_of(const BrokerOptions& options, std::uint32_t page_bytes) {
  return plan::plan_memory(options.rules, {.limits = options.limits,
                                           .pool_bytes = options.pool_bytes,
                                           .unplanned_bytes = options.unplanned_bytes,
                                           .page_bytes = page_bytes});
}

}  // namespace tarn::broker
