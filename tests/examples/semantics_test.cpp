// The programs that docs/semantics.md quotes, run as its reader would run them. Each ends at the first thing
// that is not as the page says.
#include <algorithm>
#include <string>

#include "tests/examples/programs.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/skip.hpp"

using tarn::test::Programs;

TEST_CASE("what docs/semantics.md says of the classic mechanisms is so", "[examples]") {
  if (tarn::test::is_emulated()) {
    return tarn::test::skip("these programs are started by others, which an emulator does not do");
  }
  const std::string name = GENERATE("mechanisms", "four_ways", "order_and_loss");
  Programs programs(SEMANTICS_CONFIGURATION);
  const auto program = programs.start("semantics/" + name);
  const bool good = programs.ends_well(program);
  INFO(programs.output(program));
  REQUIRE(good);
  const auto& lines = programs.lines(program);
  CHECK(lines.size() >= 6);
  CHECK(std::all_of(lines.begin(), lines.end(),
                    [](const std::string& line) { return line.starts_with("so: "); }));
}
