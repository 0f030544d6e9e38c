#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <tarn/topic_name.hpp>

#include "config/check_topics.hpp"
#include "config/values.hpp"

namespace tarn::config {

namespace {

using plan::Overflow;
using plan::TopicRule;

// A setting that means something only where publishers wait for subscribers.
struct Wait {
  std::string_view key;
  std::optional<std::chrono::nanoseconds> TopicRule::*setting;
  std::chrono::nanoseconds plan::TopicSettings::*initial;
  bool also_reject;
  std::string_view overflows;
};
constexpr Wait kWaits[] = {
    {"timeout", &TopicRule::timeout, &plan::TopicSettings::timeout, false, "overflow: block"},
    {"evict_after", &TopicRule::evict_after, &plan::TopicSettings::evict_after, true,
     "overflow: block or reject"},
};

class WaitCheck {
 public:
  WaitCheck(const Facts& facts, const Rulings& rulings, const Wait& wait)
      : facts_(&facts), rulings_(&rulings), wait_(&wait) {
    for (const TopicRule* topic : rulings.topics()) {
      const Matching matching = rulings.matching(topic->name);
      if (!topic_waits(matching)) continue;
      const Ruling ruling = rulings.of(matching, wait.key, wait.setting);
      takers_.insert(ruling.rule);
      if (ruling.doubtful && ruling.rule == nullptr) anybody_ = true;
    }
  }

  // Whether any topic takes the value that stands in this rule. Where that is hard to say it does.
  [[nodiscard]] bool taken(const TopicRule* rule) const {
    if (anybody_ || takers_.count(rule) != 0) return true;
    const bool one_topic = rule != nullptr && !is_topic_pattern(rule->name);
    return !one_topic && unlisted_topic_takes(rule);
  }

 private:
  [[nodiscard]] bool waits(Overflow overflow) const {
    return overflow == Overflow::Block || (wait_->also_reject && overflow == Overflow::Reject);
  }
  [[nodiscard]] bool doubtful(const TopicRule* rule, std::string_view key) const {
    return facts_->doubts().about(path_of(rule, key)) ||
           facts_->doubts().about(join_path(kStrayPattern, key));
  }
  [[nodiscard]] bool rule_waits(const TopicRule* rule) const {
    if (doubtful(rule, "overflow")) return true;
    if (rule == nullptr) return waits(facts_->config().rules.defaults.overflow);
    return rule->overflow && waits(*rule->overflow);
  }
  [[nodiscard]] bool topic_waits(const Matching& matching) const {
    const Ruling overflow = rulings_->of(matching, "overflow", &TopicRule::overflow);
    return overflow.doubtful || rule_waits(overflow.rule);
  }

  // A topic that only patterns match, or none: its overflow comes from a rule that may match it as well.
  [[nodiscard]] bool unlisted_topic_takes(const TopicRule* rule) const {
    const bool says_itself = rule != nullptr && rule->overflow;
    if ((says_itself || rule == nullptr) && rule_waits(rule)) return true;
    if (!says_itself && rule_waits(nullptr)) return true;
    for (const TopicRule* other : rulings_->patterns()) {
      if (other == rule || !rule_waits(other)) continue;
      if (rule != nullptr && !topic_patterns_overlap(rule->name, other->name)) continue;
      const bool other_is_narrower = compare_rules(other, rule) > 0;
      if (says_itself && !other_is_narrower) continue;              // has no say here
      if (other_is_narrower && (other->*wait_->setting)) continue;  // brings its own
      return true;
    }
    return false;
  }

  const Facts* facts_;
  const Rulings* rulings_;
  const Wait* wait_;
  std::set<const TopicRule*> takers_;  // rules whose value a listed topic that waits takes
  bool anybody_ = false;               // one that waits takes its value from who knows where
};

}  // namespace

void check_waits(const Facts& facts, const Rulings& rulings, Findings& findings) {
  for (const Wait& wait : kWaits) {
    const WaitCheck check(facts, rulings, wait);
    const auto judge = [&](const TopicRule* rule, std::chrono::nanoseconds value) {
      if (check.taken(rule)) return;
      const std::string path = path_of(rule, wait.key);
      const auto nanoseconds = static_cast<std::uint64_t>(value.count());
      findings.add(facts.value(path), path,
                   "found " + format_duration(nanoseconds) +
                       " where nobody waits; allowed: only with " + std::string(wait.overflows));
    };
    for (const TopicRule& rule : facts.config().rules.rules) {
      if (rule.*wait.setting) judge(&rule, *(rule.*wait.setting));
    }
    const std::string in_defaults = path_of(nullptr, wait.key);
    if (!facts.written(in_defaults) || facts.doubts().about(in_defaults)) continue;
    judge(nullptr, facts.config().rules.defaults.*wait.initial);
  }
}

}  // namespace tarn::config
