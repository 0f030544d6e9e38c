#include "config/check_topics.hpp"

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <tarn/detail/type_text.hpp>
#include <tarn/limits.hpp>
#include <tarn/topic_name.hpp>

#include "config/common_name.hpp"
#include "config/values.hpp"

namespace tarn::config {

namespace {

using plan::TopicRule;

// Of a setting: what the rule says, or the defaults do.
template <typename Value>
Value value_of(const Facts& facts, const TopicRule* rule, std::optional<Value> TopicRule::*setting,
               Value plan::TopicSettings::*initial) {
  return rule == nullptr ? facts.config().rules.defaults.*initial : *(rule->*setting);
}

// True: there are so few patterns that they can be held against each other.
bool check_pattern_count(const Facts& facts, const Rulings& rulings, Findings& findings) {
  const std::size_t count = rulings.patterns().size();
  if (count <= kMaxTopicPatterns) return true;
  findings.add(facts.key("topics"), "topics",
               "found " + std::to_string(count) + " patterns; allowed: at most " +
                   std::to_string(kMaxTopicPatterns));
  return false;
}

void check_ties(const Facts& facts, const Rulings& rulings, Findings& findings) {
  const auto& patterns = rulings.patterns();  // those that tie are neighbours, in the file's order
  for (std::size_t later = 1; later < patterns.size(); ++later) {
    const std::string& name = patterns[later]->name;
    for (std::size_t before = later; before-- > 0;) {
      const std::string& other = patterns[before]->name;
      if (compare_topic_patterns(name, other) != 0) break;
      if (!topic_patterns_overlap(name, other)) continue;
      const std::string path = path_of(patterns[later]);
      findings.add(facts.key(path), path,
                   "found a pattern as narrow as " + quoted(other) + " in line " +
                       std::to_string(facts.key(path_of(patterns[before])).line) +
                       ", and both match " + quoted(common_name(name, other)) +
                       "; allowed: patterns of which one is narrower");
      break;
    }
  }
}

// History and depth may come from two rules; the narrower of them is to blame.
class HistoryCheck {
 public:
  HistoryCheck(const Facts& facts, const Rulings& rulings, Findings& findings)
      : facts_(&facts), rulings_(&rulings), findings_(&findings) {}

  // `example`: the name stands for many.
  void check(const std::string& name, bool example) {
    const Matching matching = rulings_->matching(name);
    const Ruling history = rulings_->of(matching, "history", &TopicRule::history);
    const Ruling depth = rulings_->of(matching, "depth", &TopicRule::depth);
    if (history.doubtful || depth.doubtful) return;
    judge(history.rule, depth.rule, example ? ", for example for " + quoted(name) : "");
  }

  void check_all() {
    judge_defaults();
    for (const TopicRule* topic : rulings_->topics()) check(topic->name, false);
    for (const TopicRule* pattern : rulings_->patterns()) {
      for (const std::string& name : common_names(pattern->name, pattern->name)) check(name, true);
      check_pairs(*pattern);
    }
  }

 private:
  // The defaults by themselves, for topics that no rule matches.
  void judge_defaults() {
    const Doubts& doubts = facts_->doubts();
    if (!doubts.about("defaults.history") && !doubts.about("defaults.depth")) {
      judge(nullptr, nullptr, "");
    }
  }

  // Names that take the history of one pattern and the depth of another.
  void check_pairs(const TopicRule& pattern) {
    if (!pattern.history) return;
    for (const TopicRule* other : rulings_->patterns()) {
      if (!other->depth || *other->depth >= *pattern.history) continue;
      for (const std::string& name : common_names(pattern.name, other->name)) check(name, true);
    }
  }

  void judge(const TopicRule* history_rule, const TopicRule* depth_rule,
             const std::string& example) {
    const std::uint32_t history =
        value_of(*facts_, history_rule, &TopicRule::history, &plan::TopicSettings::history);
    const std::uint32_t depth =
        value_of(*facts_, depth_rule, &TopicRule::depth, &plan::TopicSettings::depth);
    if (history <= depth) return;
    const bool blame_history = compare_rules(history_rule, depth_rule) >= 0;
    const std::string history_path = path_of(history_rule, "history");
    const std::string depth_path = path_of(depth_rule, "depth");
    const std::string& path = blame_history ? history_path : depth_path;
    if (!blamed_.insert(path).second) return;
    const std::string words =
        blame_history ? "found " + std::to_string(history) + "; allowed: at most " +
                            std::to_string(depth) + ", which is " + facts_->named(depth_path)
                      : "found " + std::to_string(depth) + "; allowed: at least " +
                            std::to_string(history) + ", which is " + facts_->named(history_path);
    findings_->add(facts_->value(path, "defaults"), path, words + example);
  }

  const Facts* facts_;
  const Rulings* rulings_;
  Findings* findings_;
  std::set<std::string> blamed_;
};

// A type has one size, wherever it is used; only the number of a slice's elements may differ.
void check_types(const Facts& facts, const Rulings& rulings, Findings& findings) {
  struct First {
    std::uint32_t bytes;
    std::string path;
  };
  std::map<std::string, First> first;
  for (const TopicRule* topic : rulings.topics()) {
    const Matching matching = rulings.matching(topic->name);
    const Ruling type = rulings.of(matching, "type", &TopicRule::type);
    const Ruling size = rulings.of(matching, "size", &TopicRule::payload_bytes);
    const bool known = type.rule != nullptr && size.rule != nullptr && !type.doubtful &&
                       !size.doubtful && !detail::names_slice(*type.rule->type);
    if (!known) continue;
    const std::uint32_t bytes = *size.rule->payload_bytes;
    const std::string path = path_of(size.rule, "size");
    const auto [known_type, is_new] = first.try_emplace(*type.rule->type, First{bytes, path});
    const First& before = known_type->second;
    if (is_new || before.bytes == bytes) continue;
    const bool own = size.rule == topic;
    const std::string blamed = own ? path : path_of(type.rule, "type");
    const std::string found =
        own ? format_size(bytes) + " for the type " + quoted(*type.rule->type)
            : quoted(*type.rule->type) + " with " + format_size(bytes) + " of " + facts.named(path);
    findings.add(facts.value(blamed), blamed,
                 "found " + found + "; allowed: one size for a type, here " +
                     format_size(before.bytes) + " of " + facts.named(before.path));
  }
}

}  // namespace

void check_topics(const Facts& facts, Findings& findings) {
  const Rulings rulings(facts);
  if (check_pattern_count(facts, rulings, findings)) {
    check_ties(facts, rulings, findings);
    HistoryCheck(facts, rulings, findings).check_all();
    check_waits(facts, rulings, findings);
  }
  check_types(facts, rulings, findings);
}

}  // namespace tarn::config
