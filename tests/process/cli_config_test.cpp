// tarn config as a user meets it: what goes to which stream, how it ends, and what it knows of a running
// domain.
#include <string>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/process/command_line.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"

namespace tarn::test {

namespace {

constexpr const char* kGood = "version: 1\ntopics:\n  imu: { size: 40B, depth: 64 }\n";
constexpr const char* kBad = "version: 1\npool: { sise: 1MiB }\ntopics:\n  imu: { depth: 0 }\n";

struct Output {
  ChildEnd end;
  std::string out;
  std::string err;
};

Output config(const Place& place, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "config");
  ProgramRun run = place.tarn(arguments);
  const ChildEnd end = run.join();
  return {end, run.output(), run.errors()};
}

}  // namespace

TEST_CASE("tarn config check is one line for a file that holds", "[cli]") {
  const Place place;
  const std::string file = place.write("good.yaml", kGood);
  const Output checked = config(place, {"check", file});
  CHECK(checked.end == kCleanExit);
  CHECK(checked.out.starts_with(file + ": ok, 1 topic planned, "));
  CHECK(contains(checked.out, " of 16777216 bytes needed\n"));
  CHECK(checked.err.empty());
}

TEST_CASE("tarn config check counts those topics as planned that have a size", "[cli]") {
  const Place place;
  const std::string file = place.write(
      "mixed.yaml", "version: 1\ntopics:\n  imu: { size: 8B }\n  later: {}\n  odd: {}\n");
  const Output checked = config(place, {"check", file});
  CHECK(checked.end == kCleanExit);
  CHECK(checked.out.starts_with(file + ": ok, 1 topic planned, "));
}

TEST_CASE("a file without a name is not the defaults", "[cli]") {
  const Place place;
  const std::string verb = GENERATE("check", "plan", "show");
  const Output unnamed = config(place, {verb, ""});
  CHECK(unnamed.end == kUsage);
  CHECK(contains(unnamed.err, "found ''; allowed: a name"));
  CHECK(unnamed.out.empty());
  ProgramRun broker = place.tarn({"broker", "-c", ""});
  CHECK(broker.join() == kUsage);
  CHECK(contains(broker.errors(), "found ''; allowed: a name"));
}

TEST_CASE("tarn config check says everything that is wrong on stderr", "[cli]") {
  const Place place;
  const std::string good = place.write("good.yaml", kGood);
  const std::string bad = place.write("bad.yaml", kBad);
  const Output checked = config(place, {"check", bad, good});
  CHECK(checked.end == kUsage);
  CHECK(contains(checked.err, bad + ":2:9: pool.sise: "));
  CHECK(contains(checked.err, bad + ":4:17: topics.imu.depth: "));
  CHECK(checked.out.starts_with(good + ": ok"));  // the others are looked at all the same
}

TEST_CASE("tarn config says when there is no such file", "[cli]") {
  const Place place;
  const std::string verb = GENERATE("check", "plan", "show");
  const Output missing = config(place, {verb, "/no/such/file.yaml"});
  CHECK(missing.end == kUsage);
  CHECK(contains(missing.err, "/no/such/file.yaml"));
  CHECK(missing.out.empty());
}

TEST_CASE("tarn config plan is about the file, or TARN_CONFIG, or the defaults", "[cli]") {
  const Place place;
  const std::string file = place.write("good.yaml", kGood);
  CHECK(contains(config(place, {"plan", file}).out, "\nimu     40B      2     64"));
  ProgramRun named({TARN_PROGRAM, "config", "plan"}, {{"TARN_CONFIG", file}});
  CHECK(named.join() == kCleanExit);
  CHECK(contains(named.output(), "\nimu     40B      2     64"));
  const Output defaults = config(place, {"plan"});
  CHECK(defaults.end == kCleanExit);
  CHECK(contains(defaults.out, "listed topics                                0"));
}

TEST_CASE("tarn config plan plans for other machines", "[cli]") {
  const Place place;
  const std::string file = place.write("good.yaml", kGood);
  const Output large = config(place, {"plan", file, "--page-size", "65536", "--json"});
  CHECK(large.end == kCleanExit);
  CHECK(large.out.starts_with("{\"page_bytes\":65536,"));
  const Output none = config(place, {"plan", file, "--page-size", "5000"});
  CHECK(none.end == kUsage);
  CHECK(contains(none.err, "pages of 5000 bytes cannot be used; allowed are powers of two"));
}

TEST_CASE("the files that tarn config prints pass its check", "[cli]") {
  const Place place;
  const auto arguments = GENERATE(from_range(std::vector<std::vector<std::string>>{
      {"default"}, {"default", "--tiny"}, {"default", "--camera"}}));
  const Output printed = config(place, arguments);
  CHECK(printed.end == kCleanExit);
  CHECK(printed.err.empty());
  const Output checked = config(place, {"check", place.write("printed.yaml", printed.out)});
  CHECK(checked.err.empty());
  CHECK(checked.end == kCleanExit);
}

TEST_CASE("tarn config show says where a value comes from", "[cli]") {
  const Place place;
  const std::string file = place.write("tarn.yaml",
                                       "version: 1\n"
                                       "topics:\n"
                                       "  sensor/imu: { size: 40B }\n"
                                       "  \"sensor/**\": { depth: 32 }\n");
  const Output shown = config(place, {"show", file, "sensor/imu", "--origin"});
  CHECK(shown.end == kCleanExit);
  CHECK(contains(shown.out, "topics.sensor/imu.size         40B          " + file + ":3\n"));
  CHECK(contains(shown.out, "topics.sensor/imu.depth        32           " + file +
                                ":4 (pattern sensor/**)\n"));
  CHECK(contains(shown.out, "topics.sensor/imu.held         2            default\n"));
  const Output refused = config(place, {"show", file, "no topic"});
  CHECK(refused.end == kUsage);
  CHECK(contains(refused.err, "no topic"));
}

TEST_CASE("tarn config show tells what holds for topics in use", "[cli]") {
  const Place place;
  const std::string now = place.write("now.yaml", "version: 1\ntopics:\n  imu: { depth: 16 }\n");
  const std::string next = place.write("next.yaml", "version: 1\ntopics:\n  imu: { depth: 64 }\n");
  ProgramRun broker = place.tarn({"broker", "-c", now});
  REQUIRE(broker.says(kReady));
  {
    Node node = place.open("tester");
    const auto publisher = must(node.publisher<Small>("imu"));
    CHECK(contains(config(place, {"show", next, "imu"}).out, "topics.imu.depth        64\n"));
    CHECK(contains(config(place, {"show", next, "imu"}).out, "16           in force until "));
    CHECK(contains(config(place, {"show", next, "--json"}).out,
                   "{\"key\":\"topics.imu.depth\",\"value\":\"64\",\"origin\":\"" + next +
                       ":3\",\"in_force\":\"16\"}\n"));
    CHECK_FALSE(contains(config(place, {"show", now, "imu"}).out, "in force"));
  }
  CHECK(wait_until([&] {
    return !contains(config(place, {"show", next, "imu"}).out, "in force");
  }));
}

TEST_CASE("tarn config show says that the broker has refused the file", "[cli]") {
  const Place place;
  const std::string file = place.write("tarn.yaml", kGood);
  ProgramRun broker = place.tarn({"broker", "-c", file});
  REQUIRE(broker.says(kReady));
  CHECK_FALSE(contains(config(place, {"show", file}).err, "could not apply"));
  REQUIRE(place.write("tarn.yaml", kBad) == file);
  CHECK(config(place, {"reload"}).end == kUsage);
  REQUIRE(place.write("tarn.yaml", kGood) == file);
  const Output shown = config(place, {"show", file});
  CHECK(shown.end == kCleanExit);
  CHECK(contains(shown.err, "the broker of domain 'default' could not apply"));
  CHECK(config(place, {"reload"}).end == kCleanExit);
  CHECK(config(place, {"show", file}).err.empty());
}

}  // namespace tarn::test
