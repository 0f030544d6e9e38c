#include "middleware/cli/config_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "middleware/cli/config_plan.hpp"

namespace tarn::cli {

namespace {

// Those without a size are listed only: they draw on the reserve.
std::string sum_text(const plan::MemoryPlan& plan) {
  const auto planned =
      std::count_if(plan.topics.begin(), plan.topics.end(),
                    [](const plan::TopicPlan& topic) { return topic.settings.payload_bytes != 0; });
  return fmt::format("{} {} planned, {} of {} bytes needed", planned,
                     planned == 1 ? "topic" : "topics", plan.needed_bytes, plan.pool_bytes);
}

}  // namespace

ExitCode config_check(const ConfigCheckOptions& options) {
  ExitCode code = ExitCode::Ok;
  for (const std::string& name : options.files) {
    const auto file = load_config_file(name);
    const auto view = file ? plan_of(*file, options.page_bytes) : std::nullopt;
    if (!view) {
      code = ExitCode::Usage;
      continue;
    }
    fmt::print("{}: ok, {}\n", name, sum_text(view->plan));
  }
  return code;
}

}  // namespace tarn::cli
