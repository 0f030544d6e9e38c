// Which rule decides each setting of a name, or that nobody can say because a rule that may is in doubt.
// plan::resolve() with the file's faults in view. A view of the configuration; one thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/facts.hpp"

namespace tarn::config {

using Matching = std::vector<const plan::TopicRule*>;  // the narrowest first

// One setting of one name.
struct Ruling {
  const plan::TopicRule* rule = nullptr;  // nullptr: the defaults
  bool doubtful = false;
};

class Rulings {
 public:
  explicit Rulings(const Facts& facts);

  [[nodiscard]] const std::vector<const plan::TopicRule*>& topics() const { return topics_; }
  // The narrowest first.
  [[nodiscard]] const std::vector<const plan::TopicRule*>& patterns() const { return patterns_; }

  [[nodiscard]] Matching matching(const std::string& name) const;

  // `key` is the YAML key of the setting.
  template <typename Value>
  [[nodiscard]] Ruling of(const Matching& matching, std::string_view key,
                          std::optional<Value> plan::TopicRule::*setting) const {
    for (const plan::TopicRule* rule : matching) {
      // A pattern that cannot be read may be narrower than any but the name itself.
      if (!is_topic(*rule) && doubtful(kStrayPattern, key)) return {.doubtful = true};
      if (doubtful(join_path("topics", rule->name), key)) return {.rule = rule, .doubtful = true};
      if ((rule->*setting).has_value()) return {.rule = rule};
    }
    return {.doubtful = doubtful(kStrayPattern, key) || doubtful("defaults", key)};
  }

 private:
  [[nodiscard]] bool doubtful(std::string_view parent, std::string_view key) const {
    return facts_->doubts().about(join_path(parent, key));
  }
  [[nodiscard]] static bool is_topic(const plan::TopicRule& rule);

  const Facts* facts_;
  std::vector<const plan::TopicRule*> topics_;
  std::vector<const plan::TopicRule*> patterns_;
  std::unordered_map<std::string_view, const plan::TopicRule*> by_name_;
};

// Positive: `one` is for fewer names. nullptr is the defaults, which are for all.
[[nodiscard]] int compare_rules(const plan::TopicRule* one, const plan::TopicRule* other);

}  // namespace tarn::config
