// `tarn topic info`: one topic, what it carries and who is on it, from the counters in the pool.
// Formatting is apart from looking, so that it can be read and tested by itself.
#pragma once

#include <string>

#include <tarn/observer.hpp>

#include "middleware/cli/exit_code.hpp"

namespace tarn::cli {

struct TopicInfoOptions {
  std::string domain = "default";
  std::string topic{};
  bool verbose = false;  // each publisher and subscription
  bool json = false;     // everything, on one line
};

// Writes to stdout. NothingFound when there is no such topic.
[[nodiscard]] ExitCode topic_info(const TopicInfoOptions& options);

// YAML: a line for each thing to know, and with `verbose` one for each publisher and subscription.
[[nodiscard]] std::string info_text(const TopicDetail& detail, bool verbose);
[[nodiscard]] std::string info_json(const TopicDetail& detail);

}  // namespace tarn::cli
