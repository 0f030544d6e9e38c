// tarn topic echo and tarn topic info, started from the outside.
#include <signal.h>

#include <cstdint>
#include <string>

#include <tarn/tarn.hpp>

#include "tests/process/command_line.hpp"
#include "tests/support/catch.hpp"

using namespace tarn::test;

namespace {

struct Fix {
  double latitude;
  std::uint8_t satellites;
  tarn::Text<15> source;
};
TARN_MESSAGE(Fix, latitude, satellites, source)

constexpr const char* kTopic = "sensor/gnss";

Fix fix(std::uint8_t satellites) {
  return {.latitude = 47.5, .satellites = satellites, .source = "ublox 9"};
}

// A broker with a publisher that has sent one message.
class Scene {
 public:
  Scene() {
    REQUIRE(broker_.says(kReady));
    node_.emplace(place_.open("driver"));
    publisher_.emplace(must(node_->publisher<Fix>(kTopic)));
    publish(1);
  }
  void publish(std::uint8_t satellites) { must(publisher_->send(fix(satellites))); }
  [[nodiscard]] ProgramRun tarn(const std::vector<std::string>& arguments) const {
    return place_.tarn(arguments);
  }
  [[nodiscard]] tarn::Node& node() { return *node_; }
  // Publishes until the program has said it, since a watch begins with what comes next.
  bool publish_until_said(const ProgramRun& program, const std::string& text) {
    std::uint8_t satellites = 1;
    return wait_until([&] {
      publish(++satellites);
      return contains(program.output(), text);
    });
  }

 private:
  Place place_;
  ProgramRun broker_ = place_.tarn({"broker"});
  std::optional<tarn::Node> node_;
  std::optional<tarn::Publisher<Fix>> publisher_;
};

}  // namespace

TEST_CASE("tarn topic echo prints messages as they come, until it is interrupted", "[cli]") {
  Scene scene;
  ProgramRun echo = scene.tarn({"topic", "echo", kTopic});
  REQUIRE(scene.publish_until_said(echo, "---\n"));
  CHECK(contains(echo.output(), " of \"driver\", stamp "));
  CHECK(contains(echo.output(), "\nlatitude: 47.5\nsatellites: "));
  CHECK(contains(echo.output(), "\nsource: \"ublox 9\"\n---\n"));
  const int signal = GENERATE(SIGINT, SIGTERM);
  echo.kill(signal);
  CHECK(echo.join() == kCleanExit);
  CHECK(contains(echo.errors(), " messages, "));
}

TEST_CASE("tarn topic echo ends after the messages asked for", "[cli]") {
  Scene scene;
  scene.publish(2);
  scene.publish(3);
  ProgramRun json = scene.tarn(
      {"topic", "echo", kTopic, "--history", "2", "-n", "2", "--json", "--field", "satellites"});
  CHECK(json.join() == kCleanExit);
  CHECK(contains(json.output(), "\"sequence\":2,"));
  CHECK(contains(json.output(), "\"message\":2}\n"));
  CHECK(contains(json.output(), "\"message\":3}\n"));
  ProgramRun once = scene.tarn({"topic", "echo", kTopic, "--history", "1", "--once", "--csv"});
  CHECK(once.join() == kCleanExit);
  CHECK(once.output() == "47.5,3,\"ublox 9\"\n");
}

TEST_CASE("tarn topic echo says what it has not seen", "[cli]") {
  Scene scene;
  ProgramRun echo = scene.tarn({"topic", "echo", kTopic, "--csv"});
  REQUIRE(scene.publish_until_said(echo, "\n"));
  echo.kill(SIGSTOP);
  for (int i = 0; i < 1000; ++i) scene.publish(200);
  echo.kill(SIGCONT);
  REQUIRE(wait_until([&] { return contains(echo.errors(), " messages of driver before its "); }));
  echo.kill(SIGINT);
  CHECK(echo.join() == kCleanExit);
}

TEST_CASE("tarn topic echo and info answer with an exit code", "[cli]") {
  Scene scene;
  SECTION("124 when nothing comes in time") {
    ProgramRun echo = scene.tarn({"topic", "echo", kTopic, "--timeout", "0.05"});
    CHECK(echo.join() == kTimedOut);
    CHECK(echo.output().empty());
    CHECK(contains(echo.errors(), "no message of 'sensor/gnss' within 0.05 s"));
  }
  SECTION("1 when there is no such topic, naming the nearest") {
    for (const std::string verb : {"echo", "info"}) {
      ProgramRun run = scene.tarn({"topic", verb, "sensor/gns"});
      CHECK(run.join() == kNothingFound);
      CHECK(contains(run.errors(), "no topic 'sensor/gns'"));
      CHECK(contains(run.errors(), "nearest: sensor/gnss"));
    }
  }
  SECTION("2 when it can be no topic, or has no such field") {
    CHECK(scene.tarn({"topic", "echo", "no topic"}).join() == kUsage);
    ProgramRun run = scene.tarn({"topic", "echo", kTopic, "--field", "longitude"});
    CHECK(run.join() == kUsage);
    CHECK(contains(run.errors(), "has latitude, satellites, source"));
  }
  SECTION("4 when there is no broker") {
    const Place empty;
    ProgramRun run = empty.tarn({"topic", "echo", kTopic});
    CHECK(run.join() == kNoBroker);
    CHECK(contains(run.errors(), "no broker answers at "));
  }
}

TEST_CASE("tarn topic info tells of a topic and of who is on it", "[cli]") {
  Scene scene;
  const auto subscriber = must(scene.node().subscriber<Fix>(kTopic));
  scene.publish(2);
  ProgramRun brief = scene.tarn({"topic", "info", kTopic});
  CHECK(brief.join() == kCleanExit);
  CHECK(contains(brief.output(), "topic: sensor/gnss\ntype: Fix\n"));
  CHECK(contains(brief.output(), "\nmessages: 2\n"));
  ProgramRun full = scene.tarn({"topic", "info", "-v", kTopic});
  CHECK(full.join() == kCleanExit);
  CHECK(contains(full.output(), "publishers:\n- {publisher: driver, node: driver, pid: "));
  CHECK(contains(full.output(), "subscribers:\n- {subscriber: driver, pid: "));
  CHECK(contains(full.output(), "received: 0, lag: 1, "));
  ProgramRun json = scene.tarn({"topic", "info", kTopic, "--json"});
  CHECK(json.join() == kCleanExit);
  CHECK(json.output().find("{\"topic\":\"sensor/gnss\",") == 0);
}
