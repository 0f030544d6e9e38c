#include "middleware/cli/look_up.hpp"

#include <cstdio>
#include <vector>

#include "middleware/vocabulary/nearest.hpp"

namespace tarn::cli {

ExitCode fail_to_find(const Observer& observer, const std::string& topic, const Error& error) {
  const auto topics = observer.topics();
  if (error.code() != Errc::NoTopic || !topics) return fail(error);
  std::vector<std::string> names;
  for (const TopicStatus& known : *topics) names.push_back(known.name);
  std::string advice = vocabulary::nearest_text(topic, names);
  if (advice.empty()) advice = "; `tarn topic list` names those there are";
  std::fprintf(stderr, "tarn: %s%s\n", error.message(), advice.c_str());
  return exit_code_of(error);
}

}  // namespace tarn::cli
