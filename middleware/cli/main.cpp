// tarn: the command. Its verbs look at a domain through the public interface; the programs of their
// own, like the broker, it becomes.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <vector>

#include "middleware/cli/exit_code.hpp"
#include "middleware/cli/topic_list.hpp"
#include "platform/program.hpp"

namespace {

using namespace tarn::cli;

// Adds `tarn topic list` and answers where its answer will be.
CLI::App* add_topic_list(CLI::App& topic, TopicListOptions& options) {
  CLI::App* list = topic.add_subcommand("list", "The topics of a domain, one a line, sorted");
  list->add_flag("-v,--verbose", options.verbose,
                 "Type, publishers, subscribers, messages per second, published and lost");
  list->add_flag("-c,--count", options.count, "Only how many there are");
  list->add_flag("--json", options.json, "A JSON array with an object for each topic");
  list->add_option("-d,--domain", options.domain, "Domain to look at")->capture_default_str();
  list->footer("Examples:\n  tarn topic list\n  tarn topic list -v --domain plant");
  return list;
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
  topic->footer("Examples:\n  tarn topic list\n  tarn topic list -v");
  TopicListOptions options;
  const CLI::App* list = add_topic_list(*topic, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? ExitCode::Ok : ExitCode::Usage;
  }
  return list->parsed() ? list_topics(options) : ExitCode::Usage;
}

ExitCode run(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty() || arguments.front() != "broker") return run_verb(argc, argv);
  return fail(tarn::platform::become_program("tarn-broker", std::span(arguments).subspan(1)));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return static_cast<int>(run(argc, argv));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tarn: %s\n", error.what());
    return static_cast<int>(ExitCode::NothingFound);
  }
}
