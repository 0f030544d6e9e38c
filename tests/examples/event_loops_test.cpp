// The examples that receive in an event loop of their own, run as a reader would run them.
#include <algorithm>
#include <filesystem>
#include <string>

#include "tests/examples/programs.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/skip.hpp"

using tarn::test::Programs;

namespace {

constexpr const char* kEmulated = "these programs start others, which an emulator does not do";

// Everything that 01_publish sends comes, with nothing lost.
void check_receives(const std::string& example) {
  if (tarn::test::is_emulated()) return tarn::test::skip(kEmulated);
  if (!std::filesystem::exists(tarn::test::program_path(example))) {
    return tarn::test::skip(example + " was not built: its library is not installed");
  }
  Programs programs;
  const auto subscriber = programs.start(example, {"10"});
  (void)programs.wait_for_line(subscriber, "waiting for room/temperature");
  const auto publisher = programs.start("01_publish", {"10"});
  const bool good = programs.ends_well(publisher) && programs.ends_well(subscriber);
  INFO(programs.output(subscriber) + programs.output(publisher));
  REQUIRE(good);
  const auto& lines = programs.lines(subscriber);
  CHECK(std::count_if(lines.begin(), lines.end(),
                      [](const std::string& line) { return line.starts_with("got #"); }) == 10);
  CHECK(lines.back() == "received 10, lost 0, wrong 0");
}

}  // namespace

TEST_CASE("07_epoll receives everything in a loop of its own", "[examples]") {
  check_receives("07_epoll");
}

TEST_CASE("08_asio receives everything in Asio's loop", "[examples]") { check_receives("08_asio"); }

TEST_CASE("09_libuv receives everything in libuv's loop", "[examples]") {
  check_receives("09_libuv");
}

TEST_CASE("10_coroutines passes every reading through two coroutines", "[examples]") {
  if (tarn::test::is_emulated()) return tarn::test::skip(kEmulated);
  Programs programs;
  const auto example = programs.start("10_coroutines");
  const bool good = programs.ends_well(example);
  INFO(programs.output(example));
  REQUIRE(good);
  REQUIRE(programs.lines(example).size() == 20);
  CHECK(programs.lines(example).front() == "reading 1: 20.6 C");
  CHECK(programs.lines(example).back() == "reading 20: 22.5 C");
}
