// What holds by a configuration, value by value, and where it is said: the file's own line, a pattern's, the
// defaults', nobody's. Values are written as the file would have them. Knows no running domain. Free
// functions without state.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "middleware/cli/config_file.hpp"
#include "middleware/plan/memory_plan.hpp"

namespace tarn::cli {

struct EffectiveValue {
  std::string key;     // "topics.sensor/imu.depth"
  std::string value;   // "-": there is none
  std::string origin;  // "tarn.yaml:12 (pattern sensor/**)", "default"
};
using EffectiveValues = std::vector<EffectiveValue>;

// Everything but topics and links. `plan` is that of this file: it knows an automatic size, and limits
// that grew with the topics.
[[nodiscard]] EffectiveValues domain_values(const ConfigFile& file, const plan::MemoryPlan& plan);
// Of a topic, listed or not.
[[nodiscard]] EffectiveValues topic_values(const ConfigFile& file, std::string_view topic);
[[nodiscard]] EffectiveValues link_values(const ConfigFile& file);

// "tarn.yaml:12" for a key that stands in the file, else "default".
[[nodiscard]] std::string origin_of(const ConfigFile& file, const std::string& key);

// One of a key's words: "drop_oldest".
[[nodiscard]] std::string word_of(std::string_view key, std::size_t position);

}  // namespace tarn::cli
