// The sensor demo as a whole, and what it says when something goes wrong.
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/examples/programs.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/watchdog.hpp"

namespace fs = std::filesystem;
using tarn::test::Programs;
using tarn::test::skip;
using tarn::test::wait_until;

namespace {

constexpr const char* kEmulated = "the demo starts other programs, which an emulator does not do";

// The private directory that the demo says it uses.
std::string directory_of(Programs& programs, std::size_t demo) {
  const std::string line = programs.wait_for_line(demo, "sensor demo in ");
  return line.substr(line.find("/dev/shm/"));
}

bool says(const Programs& programs, std::size_t child, const std::string& text) {
  return programs.output(child).find(text) != std::string::npos;
}

// Whether this entry of /proc is a process of that demo.
bool belongs_to(const fs::path& process, const std::string& directory) {
  std::ifstream environment(process / "environ");
  std::string variable;
  while (std::getline(environment, variable, '\0')) {
    if (variable == "TARN_RUNTIME_DIR=" + directory) return true;
  }
  return false;
}

// The id of the demo's process with this name, of any with the empty name; 0 when there is none.
int pid_of(const std::string& program, const std::string& directory) {
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::string name;
    std::getline(std::ifstream(entry.path() / "comm") >> std::ws, name);
    if ((program.empty() || name == program) && belongs_to(entry.path(), directory)) {
      return std::stoi(entry.path().filename());
    }
  }
  return 0;
}

}  // namespace

TEST_CASE("the sensor demo loses nothing and leaves nothing", "[examples]") {
  if (tarn::test::is_emulated()) return skip(kEmulated);
  Programs programs;
  const auto demo = programs.start("sensors/sensor_demo", {"--seconds", "1"});
  const std::string directory = directory_of(programs, demo);
  const bool good = programs.ends_well(demo);
  INFO(programs.output(demo));
  REQUIRE(good);
  REQUIRE(says(programs, demo, "every message arrived whole at every subscriber"));
  REQUIRE(says(programs, demo, "1 s: sensor/imu "));
  REQUIRE(says(programs, demo, "pool: "));
  for (const char* row : {"\n  sensor/imu ", "\n  camera/front ", "\n  sensor/attitude "}) {
    CHECK(says(programs, demo, row));
  }
  REQUIRE_FALSE(fs::exists(directory));
  REQUIRE(pid_of("", directory) == 0);
}

TEST_CASE("Ctrl-C ends the sensor demo early and in order", "[examples]") {
  if (tarn::test::is_emulated()) return skip(kEmulated);
  Programs programs;
  const auto demo = programs.start("sensors/sensor_demo", {"--seconds", "600"});
  const std::string directory = directory_of(programs, demo);
  (void)programs.wait_for_line(demo, "1 s: sensor/imu ");
  programs.interrupt(demo);
  const bool good = programs.ends_well(demo);
  INFO(programs.output(demo));
  REQUIRE(good);
  REQUIRE(says(programs, demo, "every message arrived whole at every subscriber"));
  REQUIRE_FALSE(fs::exists(directory));
  REQUIRE(pid_of("", directory) == 0);
}

TEST_CASE("the sensor demo names the process that dies, and fails", "[examples]") {
  if (tarn::test::is_emulated()) return skip(kEmulated);
  Programs programs;
  const auto demo = programs.start("sensors/sensor_demo", {"--seconds", "600"});
  const std::string directory = directory_of(programs, demo);
  (void)programs.wait_for_line(demo, "1 s: sensor/imu ");
  const int pid = pid_of("camera_driver", directory);
  REQUIRE(pid > 0);
  ::kill(pid, SIGKILL);
  REQUIRE(programs.how_it_ends(demo) == "exit code 1");
  INFO(programs.output(demo));
  REQUIRE(says(programs, demo,
               "sensor_demo: camera_driver (pid " + std::to_string(pid) +
                   ") ended early: killed by signal 9"));
  REQUIRE_FALSE(fs::exists(directory));
  REQUIRE(pid_of("", directory) == 0);
}

TEST_CASE("the processes of a demo that is killed end by themselves", "[examples]") {
  if (tarn::test::is_emulated()) return skip(kEmulated);
  Programs programs;
  const auto demo = programs.start("sensors/sensor_demo", {"--seconds", "600"});
  const std::string directory = directory_of(programs, demo);
  (void)programs.wait_for_line(demo, "1 s: sensor/imu ");
  programs.kill(demo);
  REQUIRE_FALSE(programs.ends_well(demo));
  REQUIRE(wait_until([&] { return pid_of("", directory) == 0; }));
  fs::remove_all(directory);  // which a killed process could not do
}

TEST_CASE("the sensor demo says which configuration it cannot read", "[examples]") {
  if (tarn::test::is_emulated()) return skip(kEmulated);
  Programs programs;
  const auto demo = programs.start("sensors/sensor_demo", {"/nowhere/tarn.yaml"});
  const std::string directory = directory_of(programs, demo);
  REQUIRE(programs.how_it_ends(demo) == "exit code 1");
  INFO(programs.output(demo));
  REQUIRE(says(programs, demo, "/nowhere/tarn.yaml"));
  REQUIRE(says(programs, demo, "ended early: exit code 1"));
  REQUIRE_FALSE(fs::exists(directory));
}

TEST_CASE("a process of the demo refuses a command line that does not hold", "[examples]") {
  if (tarn::test::is_emulated()) return skip(kEmulated);
  Programs programs;
  for (const auto& arguments : {std::vector<std::string>{"--seconds"},
                                {"--seconds", "soon"},
                                {"--seconds", "0"},
                                {"--fast"},
                                {"sensor/imu"}}) {
    const auto driver = programs.start("sensors/imu_driver", arguments);
    CHECK(programs.how_it_ends(driver) == "exit code 2");
    CHECK(says(programs, driver, "usage: imu_driver [--seconds N]"));
  }
  const auto logger = programs.start("sensors/logger", {"sensor/sonar"});
  REQUIRE(programs.how_it_ends(logger) == "exit code 1");
  REQUIRE(says(programs, logger, "no topic 'sensor/sonar' in this demo; there are: camera/front"));
}

TEST_CASE("a process of the demo that cannot be the broker says why", "[examples]") {
  if (tarn::test::is_emulated()) return skip(kEmulated);
  Programs programs;
  // In the place of the domain's directory.
  std::ofstream(programs.runtime_directory() + "/default") << "no directory";
  const auto driver = programs.start("sensors/imu_driver");
  REQUIRE(programs.how_it_ends(driver) == "exit code 1");
  REQUIRE(says(programs, driver, programs.runtime_directory() + "/default is in the place"));
}
