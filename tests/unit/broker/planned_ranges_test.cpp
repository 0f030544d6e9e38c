#include "middleware/broker/planned_ranges.hpp"

#include <random>
#include <utility>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/seed.hpp"

using tarn::broker::PlannedRanges;

TEST_CASE("a listed topic finds its places, however small the pieces of the rest",
          "[broker][planned_ranges]") {
  PlannedRanges ranges(100);
  REQUIRE(ranges.keep({"wide", 8, 3}));
  REQUIRE(ranges.keep({"narrow", 1, 4}));
  CHECK(ranges.free_rest() == 100 - 24 - 4);
  while (ranges.allocate("other", 1)) {
  }
  for (std::uint32_t first = 29; first < 100; first += 2) ranges.free(first, 1);
  for (int i = 0; i < 3; ++i) CHECK(ranges.allocate("wide", 8));
  CHECK_FALSE(ranges.allocate("wide", 8));
  CHECK_FALSE(ranges.allocate("other", 2));
}

TEST_CASE("no order of coming and going of listed topics takes a place away",
          "[broker][planned_ranges]") {
  // Without places, ones and twos of the same total soon leave no two neighbours free.
  PlannedRanges ranges(4 + 8);
  REQUIRE(ranges.keep({"one", 1, 4}));
  REQUIRE(ranges.keep({"two", 2, 4}));
  CHECK(ranges.free_rest() == 0);
  std::mt19937 random(tarn::test::seed());
  std::vector<std::uint32_t> ones;
  std::vector<std::uint32_t> twos;
  const auto turn = [&](std::vector<std::uint32_t>& held, const char* topic, std::uint32_t units) {
    if (held.size() < 4 && random() % 2 == 0) {
      const auto first = ranges.allocate(topic, units);
      REQUIRE(first);
      held.push_back(*first);
    } else if (!held.empty()) {
      std::swap(held[random() % held.size()], held.back());
      ranges.free(held.back(), units);
      held.pop_back();
    }
  };
  for (int i = 0; i < 1000; ++i) {
    turn(ones, "one", 1);
    turn(twos, "two", 2);
  }
}

TEST_CASE("ranges of a former broker are taken where they are", "[broker][planned_ranges]") {
  PlannedRanges ranges(20);
  REQUIRE(ranges.keep({"topic", 4, 2}));
  CHECK(ranges.take_exact("topic", 4, 3));
  SECTION("but not twice") { CHECK_FALSE(ranges.take_exact("topic", 4, 3)); }
  SECTION("and not out of step") { CHECK_FALSE(ranges.take_exact("topic", 1, 2)); }
  SECTION("and not more than a place has") { CHECK_FALSE(ranges.take_exact("topic", 0, 5)); }
  SECTION("and not from another's place") { CHECK_FALSE(ranges.take_exact("other", 0, 1)); }
  SECTION("and not beyond the end") { CHECK_FALSE(ranges.take_exact("other", 19, 2)); }
  CHECK(ranges.allocate("topic", 4) == 0U);
  CHECK(ranges.allocate("topic", 4) == 8U);
}

TEST_CASE("a topic for which there is no room keeps nothing", "[broker][planned_ranges]") {
  PlannedRanges ranges(20);
  CHECK_FALSE(ranges.keep({"topic", 4'000'000'000, 4}));
  CHECK_FALSE(ranges.keep({"topic", 7, 3}));
  CHECK(ranges.free_rest() == 20);
}
