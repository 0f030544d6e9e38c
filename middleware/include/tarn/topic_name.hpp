// What may name a topic: 1 to 127 bytes, levels of [A-Za-z0-9_.-] joined by '/'. And names with
// wildcards: "*" stands for one level, "**" for any number of them, none included. A level is either a
// wildcard or a plain word; nothing is matched inside a word. The same matcher serves the configuration,
// subscriptions and links. Knows nothing of the topics that exist. Free functions without state; any
// thread may call them.
#pragma once

#include <string_view>

#include <tarn/result.hpp>

namespace tarn {

// InvalidTopic shows the name, the first offending byte (as itself, or \xNN when it does not print)
// and its position, counted from 1. Looks at no more than the allowed length, allocates nothing.
[[nodiscard]] Result<void> check_topic_name(std::string_view name) noexcept;

// Topics under "tarn/" belong to tarn itself.
[[nodiscard]] bool is_reserved_topic_name(std::string_view name) noexcept;

// check_topic_name(), and InvalidTopic for a reserved name: for what users ask to publish.
[[nodiscard]] Result<void> check_user_topic_name(std::string_view name) noexcept;

// Whether the name holds a '*' at all.
[[nodiscard]] bool is_topic_pattern(std::string_view name) noexcept;

// InvalidTopic for what is no pattern: a '*' inside a word, "**" beside "**" or separated from it by "*"
// alone ("**/*/**" says no more than "*/**"), and whatever check_topic_name() refuses in the plain levels.
[[nodiscard]] Result<void> check_topic_pattern(std::string_view pattern) noexcept;

// Whether the name is one of those that the pattern means. Linear in practice, at worst the product of
// both lengths in levels. Requires: both were checked.
[[nodiscard]] bool topic_matches(std::string_view pattern, std::string_view name) noexcept;

// Whether any name at all matches both patterns. Requires: both were checked.
[[nodiscard]] bool topic_patterns_overlap(std::string_view one, std::string_view other) noexcept;

// How narrow a pattern is: the one with more plain levels wins, of those the one with fewer "**", of
// those the one with more "*". Whatever matches fewer names than another and all of them its, too, is the
// narrower of the two by this order. Positive: `one` wins; negative: `other`; 0: a tie.
// Requires: both were checked.
[[nodiscard]] int compare_topic_patterns(std::string_view one, std::string_view other) noexcept;

}  // namespace tarn
