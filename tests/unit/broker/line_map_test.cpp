#include "middleware/broker/line_map.hpp"

#include <set>

#include "middleware/directory/records_layout.hpp"
#include "tests/support/catch.hpp"

using tarn::broker::kCountersLines;
using tarn::broker::LineKind;
using tarn::broker::LineMap;
using tarn::directory::kNone;

namespace {

// Pages of 4 KiB: 64 lines, of which 8 are for waiters, 16 for counters, 8 for pins, 32 for joins.
LineMap two_blocks() {
  LineMap lines(tarn::pool::block_format(4096), 2);
  lines.set_owner(0, 5);
  return lines;
}

}  // namespace

TEST_CASE("a block has lines of every kind, and no line twice", "[broker][line_map]") {
  LineMap lines = two_blocks();
  std::set<std::uint32_t> seen;
  const auto take_all = [&](LineKind kind, std::uint32_t count) {
    std::uint32_t taken = 0;
    while (const auto line = lines.take(5, kind, count)) {
      for (std::uint32_t i = 0; i < count; ++i) CHECK(seen.insert(*line + i).second);
      ++taken;
    }
    return taken;
  };
  CHECK(take_all(LineKind::Waiter, 1) == 8);
  CHECK(take_all(LineKind::Counters, kCountersLines) == 8);
  CHECK(take_all(LineKind::Pins, 1) == 8);
  CHECK(take_all(LineKind::Join, 1) == 32);
  CHECK(seen.size() == 64);
}

TEST_CASE("a client gets lines of its own blocks only", "[broker][line_map]") {
  LineMap lines = two_blocks();
  CHECK_FALSE(lines.take(6, LineKind::Join, 1));
  lines.set_owner(1, 6);
  const auto line = lines.take(6, LineKind::Join, 1);
  REQUIRE(line);
  CHECK(*line >= 64);
}

TEST_CASE("neighbouring lines are found between others", "[broker][line_map]") {
  LineMap lines = two_blocks();
  const auto first = lines.take(5, LineKind::Pins, 1);
  const auto second = lines.take(5, LineKind::Pins, 1);
  REQUIRE((first && second));
  lines.give_back(*first, 1);
  const auto two = lines.take(5, LineKind::Pins, 2);
  REQUIRE(two);
  CHECK(*two == *second + 1);
  CHECK(lines.take(5, LineKind::Pins, 1) == first);
}

TEST_CASE("exactly what a record names can be taken, once", "[broker][line_map]") {
  LineMap lines = two_blocks();
  CHECK(lines.take_exact(5, LineKind::Join, 40, 1));
  CHECK_FALSE(lines.take_exact(5, LineKind::Join, 40, 1));
  CHECK(lines.take_exact(5, LineKind::Counters, 10, kCountersLines));
}

TEST_CASE("what no record can name is not taken", "[broker][line_map]") {
  LineMap lines = two_blocks();
  CHECK_FALSE(lines.take_exact(5, LineKind::Join, 0, 1));                   // a waiter's
  CHECK_FALSE(lines.take_exact(5, LineKind::Waiter, 63, 1));                // a join's
  CHECK_FALSE(lines.take_exact(5, LineKind::Counters, 9, kCountersLines));  // half of two
  CHECK_FALSE(lines.take_exact(5, LineKind::Pins, 31, 2));   // over the end of its kind
  CHECK_FALSE(lines.take_exact(6, LineKind::Join, 40, 1));   // another's block
  CHECK_FALSE(lines.take_exact(5, LineKind::Join, 128, 1));  // beyond the last block
  CHECK_FALSE(lines.take_exact(5, LineKind::Join, 0xFFFFFFFF, 1));
  CHECK_FALSE(lines.take_exact(5, LineKind::Join, 40, 0));
}

TEST_CASE("blocks are found free until they have an owner", "[broker][line_map]") {
  LineMap lines = two_blocks();
  CHECK(lines.find_free_block() == 1);
  lines.set_owner(1, 5);
  CHECK_FALSE(lines.find_free_block());
  lines.set_owner(0, kNone);
  CHECK(lines.find_free_block() == 0);
  CHECK(lines.owner(0) == kNone);
}
