#include "middleware/cli/config_verbs.hpp"

#include <cstdio>
#include <string>

#include "config/default_file.hpp"
#include "config/json_schema.hpp"
#include "config/reference.hpp"
#include "config/shipped_files.hpp"

namespace tarn::cli {

namespace {

constexpr const char* kFileText = "Configuration file; else $TARN_CONFIG, else the defaults";

// A variable of a shell that is not set must not pass for the defaults.
CLI::Validator a_name() {
  return {[](const std::string& name) {
            return name.empty() ? std::string("found ''; allowed: a name") : std::string();
          },
          ""};
}

ExitCode print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  return ExitCode::Ok;
}

}  // namespace

ConfigVerbs::ConfigVerbs(CLI::App& app, std::uint32_t page_bytes) {
  check_options_.page_bytes = page_bytes;
  plan_options_.page_bytes = page_bytes;
  show_options_.page_bytes = page_bytes;
  CLI::App* config = app.add_subcommand("config", "Check and explain configuration files");
  config->require_subcommand(1);
  config->footer("Examples:\n  tarn config check tarn.yaml\n  tarn config plan tarn.yaml");
  add_check(*config);
  add_plan(*config);
  add_show(*config);
  add_default(*config);
  add_reload(*config);
  schema_ = config->add_subcommand("schema", "A JSON Schema of the file, for editors");
  schema_->footer(
      "Examples:\n  tarn config schema > tarn.schema.json\n  tarn config schema | head");
  reference_ = config->add_subcommand("reference", "Every key and what it means, as Markdown");
  reference_->footer(
      "Examples:\n  tarn config reference | less\n  tarn config reference > configuration.md");
}

void ConfigVerbs::add_check(CLI::App& config) {
  check_ = config.add_subcommand("check", "Say everything that is wrong with files");
  check_->add_option("file", check_options_.files, "Configuration files")
      ->required()
      ->check(a_name());
  check_->footer("Examples:\n  tarn config check tarn.yaml\n  tarn config check *.yaml");
}

void ConfigVerbs::add_plan(CLI::App& config) {
  plan_ = config.add_subcommand("plan", "Where every byte of the pool goes");
  plan_->add_option("file", plan_options_.file, kFileText)->check(a_name());
  plan_
      ->add_option("--page-size", plan_options_.page_bytes,
                   "Bytes of a memory page on the machine to plan for")
      ->capture_default_str();
  plan_->add_flag("--json", plan_options_.json, "A JSON object; sizes in bytes");
  plan_->footer(
      "Examples:\n  tarn config plan tarn.yaml\n  tarn config plan tarn.yaml --page-size 16384");
}

void ConfigVerbs::add_show(CLI::App& config) {
  show_ = config.add_subcommand("show", "What holds, and with --origin where it is said");
  show_->add_option("file", show_options_.file, kFileText)->check(a_name());
  show_->add_option("topic", show_options_.topics, "Only these topics, listed or not");
  show_->add_flag("--origin", show_options_.origin, "Where each value comes from");
  show_->add_flag("--json", show_options_.json, "A JSON object a line");
  show_->footer(
      "Examples:\n  tarn config show tarn.yaml --origin\n"
      "  tarn config show tarn.yaml sensor/imu --origin");
}

void ConfigVerbs::add_default(CLI::App& config) {
  default_ = config.add_subcommand("default", "An annotated file with every key and its default");
  auto* tiny = default_->add_flag("--tiny", tiny_, "One for a small board: less than 512 KiB");
  default_->add_flag("--camera", camera_, "One for a robot with cameras")->excludes(tiny);
  default_->footer(
      "Examples:\n  tarn config default > tarn.yaml\n  tarn config default --tiny > tarn.yaml");
}

void ConfigVerbs::add_reload(CLI::App& config) {
  reload_ = config.add_subcommand("reload", "Make the broker read its configuration again");
  reload_->add_option("-d,--domain", reload_options_.domain, "Domain of the broker")
      ->capture_default_str();
  reload_->footer("Examples:\n  tarn config reload\n  tarn config reload --domain plant");
}

std::optional<ExitCode> ConfigVerbs::run() const {
  if (check_->parsed()) return config_check(check_options_);
  if (plan_->parsed()) return config_plan(plan_options_);
  if (show_->parsed()) return config_show(show_options_);
  if (reload_->parsed()) return config_reload(reload_options_);
  if (schema_->parsed()) return print(config::json_schema());
  if (reference_->parsed()) return print(config::reference());
  if (!default_->parsed()) return std::nullopt;
  if (tiny_) return print(config::tiny_file());
  return camera_ ? print(config::camera_file()) : print(config::default_file());
}

}  // namespace tarn::cli
