// The numbered examples, run as a reader would run them.
#include <algorithm>
#include <fstream>
#include <string>

#include "tests/examples/programs.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/skip.hpp"

using tarn::test::Programs;

namespace {

constexpr const char* kEmulated = "these programs start others, which an emulator does not do";

long count_lines(const Programs& programs, std::size_t child, const std::string& start) {
  const auto& lines = programs.lines(child);
  return std::count_if(lines.begin(), lines.end(),
                       [&](const std::string& line) { return line.starts_with(start); });
}

}  // namespace

TEST_CASE("02_subscribe receives everything that 01_publish sends", "[examples]") {
  if (tarn::test::is_emulated()) return tarn::test::skip(kEmulated);
  Programs programs;
  const auto subscriber = programs.start("02_subscribe", {"10"});
  (void)programs.wait_for_line(subscriber, "waiting for room/temperature");
  const auto publisher = programs.start("01_publish", {"10"});
  INFO(programs.output(subscriber) + programs.output(publisher));
  REQUIRE(programs.ends_well(publisher));
  REQUIRE(programs.ends_well(subscriber));
  REQUIRE(count_lines(programs, publisher, "sent #") == 10);
  REQUIRE(count_lines(programs, subscriber, "got #") == 10);
  REQUIRE(programs.lines(subscriber).back() == "received 10, lost 0, wrong 0");
}

TEST_CASE("02_subscribe joins late and gets the last reading at once", "[examples]") {
  if (tarn::test::is_emulated()) return tarn::test::skip(kEmulated);
  Programs programs;
  const auto publisher = programs.start("01_publish", {"30"});
  (void)programs.wait_for_line(publisher, "sent #3:");
  const auto subscriber = programs.start("02_subscribe", {"5"});
  REQUIRE(programs.ends_well(subscriber));
  INFO(programs.output(subscriber));
  // The one from before it came, and five more.
  REQUIRE(count_lines(programs, subscriber, "got #") >= 5);
  REQUIRE(programs.lines(subscriber).back() == "received 5, lost 0, wrong 0");
  programs.kill(publisher);
  REQUIRE_FALSE(programs.ends_well(publisher));
}

TEST_CASE("03_zero_copy_frame passes 1 MiB without moving it", "[examples]") {
  if (tarn::test::is_emulated()) return tarn::test::skip(kEmulated);
  Programs programs;
  const auto example = programs.start("03_zero_copy_frame");
  const bool good = programs.ends_well(example);
  INFO(programs.output(example));
  REQUIRE(good);
  REQUIRE(programs.lines(example).size() == 20);
  REQUIRE(programs.lines(example).back() == "frame 20: 1048584 bytes, same place, whole");
}

TEST_CASE("04_latest_value reads the newest of a thousand", "[examples]") {
  if (tarn::test::is_emulated()) return tarn::test::skip(kEmulated);
  Programs programs;
  const auto example = programs.start("04_latest_value");
  const bool good = programs.ends_well(example);
  INFO(programs.output(example));
  REQUIRE(good);
  REQUIRE(count_lines(programs, example, "setpoint 1000:") == 2);
}

TEST_CASE("05_point_cloud passes as many points as each turn has", "[examples]") {
  if (tarn::test::is_emulated()) return tarn::test::skip(kEmulated);
  Programs programs;
  const auto example = programs.start("05_point_cloud");
  const bool good = programs.ends_well(example);
  INFO(programs.output(example));
  REQUIRE(good);
  REQUIRE(programs.lines(example).size() == 10);
  REQUIRE(programs.lines(example).front() == "roof lidar: 0 points, nearest at 0 m, whole");
  REQUIRE(programs.lines(example)[5].starts_with("roof lidar: 3500 points, nearest at 5"));
}

TEST_CASE("06_wait_set hears of everything, and of silence", "[examples]") {
  if (tarn::test::is_emulated()) return tarn::test::skip(kEmulated);
  Programs programs;
  const auto example = programs.start("06_wait_set");
  const bool good = programs.ends_well(example);
  INFO(programs.output(example));
  REQUIRE(good);
  REQUIRE(programs.lines(example).size() == 2);
  REQUIRE(programs.lines(example).back() == "readings 10, alarms 1, presses 1, ticks went on");
}

TEST_CASE("an example that cannot be the broker says why and ends", "[examples]") {
  if (tarn::test::is_emulated()) return tarn::test::skip(kEmulated);
  Programs programs;
  // In the place of the domain's directory.
  std::ofstream(programs.runtime_directory() + "/default") << "no directory";
  const auto example = programs.start("01_publish");
  REQUIRE(programs.how_it_ends(example) == "exit code 1");
  INFO(programs.output(example));
  REQUIRE(programs.output(example).find(programs.runtime_directory() +
                                        "/default is in the place") != std::string::npos);
}
