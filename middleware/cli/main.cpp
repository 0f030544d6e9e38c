// tarn: the command. Its verbs look at a domain through the public interface, or at a configuration file;
// the programs of their own, like the broker, it becomes.
#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <span>
#include <string>
#include <vector>

#include "middleware/cli/config_verbs.hpp"
#include "middleware/cli/exit_code.hpp"
#include "middleware/cli/topic_echo.hpp"
#include "middleware/cli/topic_info.hpp"
#include "middleware/cli/topic_list.hpp"
#include "middleware/cli/usage_error.hpp"
#include "platform/file_mapping.hpp"
#include "platform/program.hpp"

namespace {

using namespace tarn::cli;

void add_domain(CLI::App& verb, std::string& domain) {
  verb.add_option("-d,--domain", domain, "Domain to look at")->capture_default_str();
}

// Each adds a verb and answers where its answer will be.
CLI::App* add_topic_list(CLI::App& topic, TopicListOptions& options) {
  CLI::App* list = topic.add_subcommand("list", "The topics of a domain, one a line, sorted");
  list->add_flag("-v,--verbose", options.verbose,
                 "Type, publishers, subscribers, messages per second, published and lost");
  list->add_flag("-c,--count", options.count, "Only how many there are");
  list->add_flag("--json", options.json, "A JSON array with an object for each topic");
  add_domain(*list, options.domain);
  list->footer("Examples:\n  tarn topic list\n  tarn topic list -v --domain plant");
  return list;
}

CLI::App* add_topic_info(CLI::App& topic, TopicInfoOptions& options) {
  CLI::App* info = topic.add_subcommand("info", "What a topic carries and who is on it");
  info->add_option("topic", options.topic, "Its name")->required();
  info->add_flag("-v,--verbose", options.verbose, "Each publisher and subscriber too");
  info->add_flag("--json", options.json, "Everything, as a JSON object");
  add_domain(*info, options.domain);
  info->footer("Examples:\n  tarn topic info sensor/imu\n  tarn topic info -v sensor/imu");
  return info;
}

CLI::App* add_topic_echo(CLI::App& topic, TopicEchoOptions& options) {
  CLI::App* echo = topic.add_subcommand(
      "echo", "The messages of a topic as they come, as YAML; missed ones are said on stderr");
  echo->add_option("topic", options.topic, "Its name")->required();
  auto* count = echo->add_option("-n,--count", options.count, "End after so many messages");
  echo->add_flag_callback(
          "-1,--once", [&options] { options.count = 1; }, "End after one message")
      ->excludes(count);
  echo->add_option("--timeout", options.timeout_seconds,
                   "Exit with 124 when no message comes for so many seconds")
      ->check(CLI::PositiveNumber);
  echo->add_option("--history", options.history,
                   "Begin with up to so many messages of each publisher that are there already");
  auto* field = echo->add_option("--field", options.field, "Only this field: pose.position.x");
  const auto add_form = [&](const char* name, EchoForm form, const char* text) {
    return echo->add_flag_callback(
        name, [&options, form] { options.form = form; }, text);
  };
  auto* json = add_form("--json", EchoForm::Json, "A JSON object a line");
  auto* csv = add_form("--csv", EchoForm::Csv, "The innermost values, a message a line");
  auto* hex = add_form("--hex", EchoForm::Hex, "The bytes, whatever they mean");
  json->excludes(csv)->excludes(hex);
  csv->excludes(hex);
  hex->excludes(field);
  auto* none = echo->add_flag("--no-arr", options.no_arrays, "Of arrays only how long they are");
  echo->add_flag("--full-length", options.full_length, "Arrays of more than 128 elements in full")
      ->excludes(none);
  add_domain(*echo, options.domain);
  echo->footer(
      "Examples:\n  tarn topic echo sensor/imu\n  tarn topic echo sensor/imu --once --json");
  return echo;
}

// Everything behind its name is the broker's own to read.
void add_broker(CLI::App& app) {
  app.add_subcommand("broker", "Run the broker of a domain (tarn broker -h says more)");
}

ExitCode run_verb(int argc, char** argv) {
  CLI::App app("Sees and serves the topics of this device.");
  app.name("tarn");
  app.set_version_flag("--version", "tarn " TARN_VERSION);
  app.require_subcommand(1);
  app.footer("Examples:\n  tarn broker -c tarn.yaml\n  tarn topic list -v");
  add_broker(app);
  CLI::App* topic = app.add_subcommand("topic", "Look at topics");
  topic->require_subcommand(1);
  topic->footer("Examples:\n  tarn topic list\n  tarn topic echo sensor/imu");
  TopicListOptions list_options;
  TopicInfoOptions info_options;
  TopicEchoOptions echo_options;
  const CLI::App* list = add_topic_list(*topic, list_options);
  const CLI::App* info = add_topic_info(*topic, info_options);
  const CLI::App* echo = add_topic_echo(*topic, echo_options);
  const ConfigVerbs config(app, static_cast<std::uint32_t>(tarn::platform::page_bytes()));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error) == 0 ? ExitCode::Ok : ExitCode::Usage;
    std::fprintf(stderr, "%s\n", usage_error(app, error).c_str());
    return ExitCode::Usage;
  }
  if (const auto code = config.run()) return *code;
  if (list->parsed()) return list_topics(list_options);
  if (info->parsed()) return topic_info(info_options);
  return echo->parsed() ? echo_topic(echo_options) : ExitCode::Usage;
}

ExitCode run(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty() || arguments.front() != "broker") return run_verb(argc, argv);
  return fail(tarn::platform::become_program("tarn-broker", std::span(arguments).subspan(1)));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const ExitCode code = run(argc, argv);
    // What a full disk or a closed descriptor swallowed was not shown.
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return static_cast<int>(code);
    std::fprintf(stderr, "tarn: the output could not be written: %s\n", std::strerror(errno));
    return static_cast<int>(ExitCode::NothingFound);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tarn: %s\n", error.what());
    return static_cast<int>(ExitCode::NothingFound);
  }
}
