#include "middleware/pool/range_allocator.hpp"

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/seed.hpp"

using tarn::pool::RangeAllocator;

namespace {

// The allocator as a row of units, each taken or not.
class Model {
 public:
  Model(std::uint32_t first, std::uint32_t count) : first_(first), taken_(count, false) {}

  // First fit, by looking at every unit.
  std::optional<std::uint32_t> fit(std::uint32_t count) const {
    std::uint32_t run = 0;
    for (std::uint32_t i = 0; i < taken_.size(); ++i) {
      run = taken_[i] ? 0 : run + 1;
      if (run == count) return first_ + i + 1 - count;
    }
    return std::nullopt;
  }
  bool all_free(std::uint32_t first, std::uint32_t count) const {
    for (std::uint32_t i = 0; i < count; ++i) {
      if (first + i < first_ || first + i - first_ >= taken_.size()) return false;
      if (taken_[first + i - first_]) return false;
    }
    return true;
  }
  void set(std::uint32_t first, std::uint32_t count, bool taken) {
    for (std::uint32_t i = 0; i < count; ++i) taken_[first + i - first_] = taken;
  }
  std::uint32_t free_total() const {
    return static_cast<std::uint32_t>(std::count(taken_.begin(), taken_.end(), false));
  }
  std::uint32_t largest_free() const {
    std::uint32_t run = 0;
    std::uint32_t largest = 0;
    for (const bool taken : taken_) {
      run = taken ? 0 : run + 1;
      largest = std::max(largest, run);
    }
    return largest;
  }

 private:
  std::uint32_t first_;
  std::vector<bool> taken_;
};

using Range = std::pair<std::uint32_t, std::uint32_t>;

}  // namespace

TEST_CASE("an allocator gives from the front", "[pool]") {
  RangeAllocator pages(100, 10);
  CHECK(pages.allocate(3) == 100);
  CHECK(pages.allocate(4) == 103);
  CHECK(pages.free_total() == 3);
  CHECK(pages.used() == 7);
  SECTION("and refuses what is left in no piece") {
    CHECK_FALSE(pages.allocate(4).has_value());
    CHECK(pages.allocate(3) == 107);
    CHECK_FALSE(pages.allocate(1).has_value());
  }
  SECTION("and fills the first hole that is large enough") {
    pages.free(100, 3);
    CHECK(pages.allocate(2) == 100);
    CHECK(pages.allocate(2) == 107);
    CHECK(pages.allocate(1) == 102);
  }
}

TEST_CASE("ranges that are freed join their neighbours", "[pool]") {
  RangeAllocator pages(0, 9);
  REQUIRE(pages.allocate(3) == 0);
  REQUIRE(pages.allocate(3) == 3);
  REQUIRE(pages.allocate(3) == 6);
  SECTION("in any order") {
    pages.free(0, 3);
    pages.free(6, 3);
    CHECK(pages.largest_free() == 3);
    pages.free(3, 3);
    CHECK(pages.largest_free() == 9);
    CHECK(pages.allocate(9) == 0);
  }
  SECTION("also when two allocations are freed as one") {
    pages.free(0, 6);
    CHECK(pages.largest_free() == 6);
  }
}

TEST_CASE("a successor takes the ranges that records say are in use", "[pool]") {
  RangeAllocator pages(10, 10);
  CHECK(pages.reserve_exact(14, 2));
  CHECK(pages.free_total() == 8);
  SECTION("and gives only what is around them") {
    CHECK(pages.allocate(5) == std::nullopt);
    CHECK(pages.allocate(4) == 10);
    CHECK(pages.allocate(4) == 16);
  }
  SECTION("but no unit twice") {
    CHECK_FALSE(pages.reserve_exact(14, 2));
    CHECK_FALSE(pages.reserve_exact(13, 2));
    CHECK_FALSE(pages.reserve_exact(15, 2));
    CHECK_FALSE(pages.reserve_exact(10, 10));
    CHECK(pages.free_total() == 8);
  }
  SECTION("and nothing outside the table, whatever a record says") {
    CHECK_FALSE(pages.reserve_exact(9, 2));
    CHECK_FALSE(pages.reserve_exact(19, 2));
    CHECK_FALSE(pages.reserve_exact(20, 1));
    CHECK_FALSE(pages.reserve_exact(12, 0));
    CHECK_FALSE(pages.reserve_exact(0, 0xFFFFFFFF));
    CHECK_FALSE(pages.reserve_exact(0xFFFFFFFF, 0xFFFFFFFF));
    CHECK_FALSE(pages.reserve_exact(12, 0xFFFFFFFF));
    CHECK(pages.free_total() == 8);
  }
}

TEST_CASE("an empty allocator has nothing to give", "[pool]") {
  RangeAllocator nothing;
  CHECK_FALSE(nothing.allocate(1).has_value());
  CHECK_FALSE(nothing.reserve_exact(0, 1));
  CHECK(nothing.free_total() == 0);
  CHECK(nothing.largest_free() == 0);
}

TEST_CASE("an allocator does as a row of units does", "[pool]") {
  std::mt19937 random(tarn::test::seed());
  const auto below = [&](std::uint32_t count) {
    return static_cast<std::uint32_t>(random() % count);
  };
  constexpr std::uint32_t kFirst = 1000;
  constexpr std::uint32_t kCount = 200;
  RangeAllocator allocator(kFirst, kCount);
  Model model(kFirst, kCount);
  std::vector<Range> held;
  for (int round = 0; round < 20000; ++round) {
    const std::uint32_t what = below(10);
    if (what < 5) {
      const std::uint32_t count = 1 + below(24);
      const auto expected = model.fit(count);
      const auto found = allocator.allocate(count);
      REQUIRE(found == expected);
      if (found) {
        model.set(*found, count, true);
        held.emplace_back(*found, count);
      }
    } else if (what == 5) {
      const Range range(kFirst - 5 + below(kCount + 10), 1 + below(24));
      const bool taken = allocator.reserve_exact(range.first, range.second);
      REQUIRE(taken == model.all_free(range.first, range.second));
      if (taken) {
        model.set(range.first, range.second, true);
        held.push_back(range);
      }
    } else if (!held.empty()) {
      const std::size_t place = below(static_cast<std::uint32_t>(held.size()));
      const Range range = held[place];
      held[place] = held.back();
      held.pop_back();
      allocator.free(range.first, range.second);
      model.set(range.first, range.second, false);
    }
    REQUIRE(allocator.free_total() == model.free_total());
    REQUIRE(allocator.largest_free() == model.largest_free());
  }
  for (const Range& range : held) allocator.free(range.first, range.second);
  CHECK(allocator.largest_free() == kCount);
}

TEST_CASE("an adopted allocator goes on like the one it replaces", "[pool]") {
  std::mt19937 random(tarn::test::seed());
  RangeAllocator before(0, 500);
  std::vector<Range> held;
  for (int i = 0; i < 60; ++i) {
    const std::uint32_t count = 1 + static_cast<std::uint32_t>(random() % 12);
    if (const auto first = before.allocate(count)) held.emplace_back(*first, count);
  }
  for (int i = 0; i < 20; ++i) {
    const std::size_t place = random() % held.size();
    before.free(held[place].first, held[place].second);
    held.erase(held.begin() + static_cast<std::ptrdiff_t>(place));
  }
  std::shuffle(held.begin(), held.end(), random);
  RangeAllocator after(0, 500);
  for (const Range& range : held) REQUIRE(after.reserve_exact(range.first, range.second));
  CHECK(after.free_total() == before.free_total());
  CHECK(after.largest_free() == before.largest_free());
  for (int i = 0; i < 40; ++i) {
    const std::uint32_t count = 1 + static_cast<std::uint32_t>(random() % 12);
    REQUIRE(after.allocate(count) == before.allocate(count));
  }
}
