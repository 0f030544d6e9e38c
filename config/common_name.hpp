// A name that two patterns both match: for messages, and to try what would hold for such a topic. Free
// functions without state; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tarn::config {

// The shortest; levels that both leave open are "any". Requires: both were checked, and they overlap.
[[nodiscard]] std::string common_name(std::string_view one, std::string_view other);

// A few that differ in how many levels a "**" stands for; none when the patterns do not overlap. A pattern
// and itself give names of its own.
[[nodiscard]] std::vector<std::string> common_names(std::string_view one, std::string_view other);

}  // namespace tarn::config
