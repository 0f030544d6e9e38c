// `tarn config show`: what holds by a configuration file, where it is said, and what holds instead for topics
// that are in use, if the domain's broker runs: those keep their settings until everybody has left. Looking
// and printing are apart, so that what is printed can be read and tested by itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <tarn/observer.hpp>

#include "middleware/cli/config_values.hpp"
#include "middleware/cli/exit_code.hpp"

namespace tarn::cli {

struct ConfigShowOptions {
  std::string file{};                 // empty: what TARN_CONFIG names, else the defaults
  std::vector<std::string> topics{};  // empty: everything
  std::uint32_t page_bytes = 4096;    // of the machine the file is for
  bool origin = false;
  bool json = false;
};

// Writes to stdout. Usage when the file does not hold or a topic's name is none.
[[nodiscard]] ExitCode config_show(const ConfigShowOptions& options);

struct ShownValue {
  EffectiveValue is;
  std::string live{};  // what holds now; empty: the same, or nobody is on the topic
};

// The settings of a topic with those of `live` that differ.
[[nodiscard]] std::vector<ShownValue> beside(const EffectiveValues& values,
                                             const TopicDetail& live);

// A line for each, in columns, and another where something else holds now.
[[nodiscard]] std::string show_text(const std::vector<ShownValue>& values, bool origin);
// An object for each, on a line of its own.
[[nodiscard]] std::string show_json(const std::vector<ShownValue>& values);

}  // namespace tarn::cli
