// What the configuration of a domain says about its topics: defaults, and rules for names and patterns.
// Each setting of a topic comes from the narrowest rule that matches its name and has that setting, else
// from the defaults; the order of rules means nothing. Knows neither YAML nor a pool. Values; any thread
// may hold its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "middleware/directory/records_layout.hpp"

namespace tarn::plan {

using directory::Overflow;
using directory::Stamp;

// The settings of one topic, all of them; the names are the YAML keys, the ranges those of
// <tarn/limits.hpp>, the values the defaults that serve without a configuration.
struct TopicSettings {
  std::string type{};               // the only type name allowed; empty: whichever comes first
  std::uint32_t payload_bytes = 0;  // size: the largest payload; 0: not planned, draws on unplanned
  std::uint32_t depth = 16;
  std::uint32_t history = 1;  // at most depth
  std::uint32_t publishers = 1;
  std::uint32_t subscribers = 8;
  std::uint32_t orphans = 1;
  std::uint32_t held = 2;
  std::uint32_t loans = 2;
  Overflow overflow = Overflow::DropOldest;
  Stamp stamp = Stamp::Source;
  std::chrono::nanoseconds timeout{
      std::chrono::seconds(1)};             // block: the longest wait of a publish
  std::chrono::nanoseconds evict_after{0};  // block, reject; 0: never

  bool operator==(const TopicSettings&) const = default;
};

// What is said about one name, or about all that match a pattern.
struct TopicRule {
  std::string name{};
  std::optional<std::string> type{};
  std::optional<std::uint32_t> payload_bytes{};
  std::optional<std::uint32_t> depth{};
  std::optional<std::uint32_t> history{};
  std::optional<std::uint32_t> publishers{};
  std::optional<std::uint32_t> subscribers{};
  std::optional<std::uint32_t> orphans{};
  std::optional<std::uint32_t> held{};
  std::optional<std::uint32_t> loans{};
  std::optional<Overflow> overflow{};
  std::optional<Stamp> stamp{};
  std::optional<std::chrono::nanoseconds> timeout{};
  std::optional<std::chrono::nanoseconds> evict_after{};

  bool operator==(const TopicRule&) const = default;
};

struct TopicRules {
  TopicSettings defaults;
  std::vector<TopicRule> rules;  // no name twice, no two patterns in a tie

  bool operator==(const TopicRules&) const = default;
};

// The rules that match, the narrowest first: the topic's own, then patterns by compare_topic_patterns().
[[nodiscard]] std::vector<const TopicRule*> matching_rules(const TopicRules& rules,
                                                           std::string_view topic);

// The rule for this very name; nullptr: the topic is not listed.
[[nodiscard]] const TopicRule* listed(const TopicRules& rules, std::string_view topic) noexcept;

// Everything that holds for a topic. Where no rule says how many publishers, an unlisted topic has
// kMaxPublishersPerUnlistedTopic and a listed one the defaults'.
[[nodiscard]] TopicSettings resolve(const TopicRules& rules, std::string_view topic);

// Whose value of a setting serves: decider(rules, topic, &TopicRule::depth). nullptr: the defaults'.
template <typename Value>
[[nodiscard]] const TopicRule* decider(const TopicRules& rules, std::string_view topic,
                                       std::optional<Value> TopicRule::*setting) {
  for (const TopicRule* rule : matching_rules(rules, topic)) {
    if ((rule->*setting).has_value()) return rule;
  }
  return nullptr;
}

}  // namespace tarn::plan
