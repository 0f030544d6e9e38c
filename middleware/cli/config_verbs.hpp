// The group `tarn config` of the command line: its verbs, their options, and which one was asked for. Knows
// nothing of what they do. One object for one command line, which outlives its parsing; one thread.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <optional>

#include "middleware/cli/config_check.hpp"
#include "middleware/cli/config_plan.hpp"
#include "middleware/cli/config_reload.hpp"
#include "middleware/cli/config_show.hpp"
#include "middleware/cli/exit_code.hpp"

namespace tarn::cli {

class ConfigVerbs {
 public:
  // `page_bytes` of this machine, for plans that are to hold here.
  ConfigVerbs(CLI::App& app, std::uint32_t page_bytes);
  ConfigVerbs(const ConfigVerbs&) = delete;  // the command line writes into it
  ConfigVerbs& operator=(const ConfigVerbs&) = delete;

  // Does what the parsed command line asks for; nothing: it was no verb of this group.
  [[nodiscard]] std::optional<ExitCode> run() const;

 private:
  void add_check(CLI::App& config);
  void add_plan(CLI::App& config);
  void add_show(CLI::App& config);
  void add_default(CLI::App& config);
  void add_reload(CLI::App& config);

  ConfigCheckOptions check_options_;
  ConfigPlanOptions plan_options_;
  ConfigShowOptions show_options_;
  ConfigReloadOptions reload_options_;
  bool tiny_ = false;
  bool camera_ = false;
  CLI::App* check_ = nullptr;
  CLI::App* plan_ = nullptr;
  CLI::App* show_ = nullptr;
  CLI::App* default_ = nullptr;
  CLI::App* reload_ = nullptr;
  CLI::App* schema_ = nullptr;
  CLI::App* reference_ = nullptr;
};

}  // namespace tarn::cli
