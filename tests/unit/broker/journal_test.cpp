#include "middleware/broker/journal.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/watchdog.hpp"

using tarn::broker::Journal;
using tarn::test::contains_text;

namespace {

struct Lines {
  std::vector<std::string> lines;
  tarn::broker::Log log() {
    return {.write =
                [](void* context, std::string_view line) {
                  static_cast<Lines*>(context)->lines.emplace_back(line);
                },
            .context = this};
  }
};

}  // namespace

TEST_CASE("a line arrives as it was said, and a long one is cut", "[broker][journal]") {
  Lines lines;
  Journal journal(lines.log());
  journal.say("pool of %d bytes", 5);
  journal.say("%s", std::string(5000, 'x').c_str());
  REQUIRE(lines.lines.size() == 2);
  CHECK(lines.lines[0] == "pool of 5 bytes");
  CHECK(lines.lines[1].size() == Journal::kLineBytes - 1);
}

TEST_CASE("complaints beyond so many a second are counted instead", "[broker][journal]") {
  Lines lines;
  Journal journal(lines.log());
  for (int i = 0; i < 1000; ++i) journal.complain("again");
  // Even when the second turns over in between.
  CHECK(lines.lines.size() <= 2 * Journal::kComplaintsASecond + 1);
  const auto before = lines.lines.size();
  const bool told = tarn::test::wait_until([&] {
    journal.complain("still");
    return lines.lines.size() > before;
  });
  REQUIRE(told);
  CHECK_THAT(lines.lines[before], contains_text("complaints were left out"));
  CHECK(lines.lines[before + 1] == "still");
}

TEST_CASE("a journal writes the lines of its level and of all before it", "[broker][journal]") {
  using tarn::broker::LogLevel;
  Lines lines;
  Journal journal(lines.log(), LogLevel::Error);
  const auto written_at = [&](LogLevel level) {
    lines.lines.clear();
    journal.set_level(level);
    journal.fail("failed");
    journal.warn("warning");
    journal.complain("complaint");
    journal.say("said");
    journal.note("noted");
    return lines.lines;
  };
  using Expected = std::vector<std::string>;
  CHECK(written_at(LogLevel::Error) == Expected{"failed"});
  CHECK(written_at(LogLevel::Warning) == Expected{"failed", "warning", "complaint"});
  CHECK(written_at(LogLevel::Info) == Expected{"failed", "warning", "complaint", "said"});
  CHECK(written_at(LogLevel::Debug) == Expected{"failed", "warning", "complaint", "said", "noted"});
}

TEST_CASE("lines that are not written are not counted as left out", "[broker][journal]") {
  Lines lines;
  Journal journal(lines.log());
  for (int i = 0; i < 1000; ++i) journal.note("who comes and goes");
  journal.complain("the only complaint");
  CHECK(lines.lines == std::vector<std::string>{"the only complaint"});
}

TEST_CASE("without a listener nothing happens", "[broker][journal]") {
  Journal journal({});
  CHECK_NOTHROW(journal.say("nobody hears"));
}
