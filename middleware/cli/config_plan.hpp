// `tarn config plan`: where every byte of a pool goes that a configuration file asks for. Planning and
// printing are apart, so that what is printed can be read and tested by itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "middleware/cli/config_file.hpp"
#include "middleware/cli/exit_code.hpp"
#include "middleware/plan/bookkeeping.hpp"
#include "middleware/plan/memory_plan.hpp"

namespace tarn::cli {

struct ConfigPlanOptions {
  std::string file{};  // empty: what TARN_CONFIG names, else the defaults
  std::uint32_t page_bytes = 4096;
  bool json = false;
};

// Writes to stdout. Usage when the file does not hold, or holds with other pages than those asked for.
[[nodiscard]] ExitCode config_plan(const ConfigPlanOptions& options);

struct PlanView {
  plan::MemoryPlan plan;
  std::vector<plan::BookkeepingPart> bookkeeping;
  std::uint32_t page_bytes = 4096;
  bool automatic = false;  // pool.size: auto
};

// Nothing when the file asks for more than its pool or its limits have with such pages: then that was said
// on stderr.
[[nodiscard]] std::optional<PlanView> plan_of(const ConfigFile& file, std::uint32_t page_bytes);

// A line for each topic, then sums.
[[nodiscard]] std::string plan_text(const PlanView& view);
// One object on one line; sizes are numbers of bytes.
[[nodiscard]] std::string plan_json(const PlanView& view);

}  // namespace tarn::cli
