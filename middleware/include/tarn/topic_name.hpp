// What may name a topic: 1 to 127 bytes, segments of [A-Za-z0-9_.-] joined by '/'. Knows nothing of
// patterns or of the topics that exist. Free functions without state; any thread may call them.
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

}  // namespace tarn
