#include "middleware/cli/usage_error.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using tarn::cli::usage_error;

namespace {

// What a small command says to these arguments.
std::string said_to(std::vector<std::string> arguments) {
  CLI::App app;
  app.name("tarn");
  app.require_subcommand(1);
  app.add_subcommand("broker");
  CLI::App* topic = app.add_subcommand("topic");
  topic->require_subcommand(1);
  bool verbose = false;
  int count = 0;
  std::string name;
  CLI::App* list = topic->add_subcommand("list");
  list->add_flag("-v,--verbose", verbose);
  CLI::App* echo = topic->add_subcommand("echo");
  echo->add_option("topic", name)->required();
  echo->add_option("--count", count);
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    return usage_error(app, error);
  }
  return {};
}

}  // namespace

TEST_CASE("a command that does not exist is told those that do", "[cli]") {
  CHECK(said_to({"topics"}) ==
        "tarn: 'topics' is not a command; allowed: broker, topic; nearest: topic; "
        "`tarn -h` explains them");
  CHECK(said_to({"topic", "lsit"}) ==
        "tarn topic: 'lsit' is not a command; allowed: list, echo; nearest: list; "
        "`tarn topic -h` explains them");
  CHECK(said_to({"topic"}) ==
        "tarn topic: a command is missing; allowed: list, echo; `tarn topic -h` explains them");
}

TEST_CASE("an option or argument that is not known is told those that are", "[cli]") {
  CHECK(said_to({"topic", "list", "--verbos"}) ==
        "tarn topic list: option '--verbos' is not known; allowed: --help, --verbose; nearest: "
        "--verbose; `tarn topic list -h` explains them");
  CHECK(said_to({"topic", "list", "nonsense"}) ==
        "tarn topic list: 'nonsense' is one argument too many; options: --help, --verbose; "
        "`tarn topic list -h` explains them");
}

TEST_CASE("what is missing or has a wrong value is named", "[cli]") {
  CHECK(said_to({"topic", "echo"}).find("tarn topic echo: topic is required") == 0);
  CHECK(said_to({"topic", "echo", "imu", "--count", "many"}).find("--count") != std::string::npos);
}
