#include "middleware/plan/bookkeeping.hpp"

#include <numeric>

#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"

using namespace tarn::plan;
using tarn::pool::PoolLimits;
using tarn::test::must;

namespace {

std::uint64_t sum_of(const std::vector<BookkeepingPart>& parts) {
  return std::accumulate(parts.begin(), parts.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& part) { return sum + part.bytes; });
}

std::uint32_t count_of(const std::vector<BookkeepingPart>& parts, std::string_view name) {
  for (const BookkeepingPart& part : parts) {
    if (part.name == name) return part.count;
  }
  FAIL("no part " << name);
  return 0;
}

}  // namespace

TEST_CASE("the parts of the bookkeeping are all that lies before the areas", "[plan]") {
  const PoolLimits limits{.clients = GENERATE(1U, 64U, 1000U), .topics = GENERATE(1U, 7U, 4096U)};
  const std::uint32_t page_bytes = GENERATE(4096U, 16384U, 65536U);
  CHECK(sum_of(must(bookkeeping_parts(limits, page_bytes))) ==
        must(tarn::pool::bookkeeping_bytes(limits, page_bytes)));
}

TEST_CASE("the parts of the bookkeeping say how many of each there are", "[plan]") {
  const auto parts = must(bookkeeping_parts({.clients = 3, .topics = 5, .waiters = 7}, 4096));
  CHECK(count_of(parts, "client records") == 3);
  CHECK(count_of(parts, "topic records") == 5);
  CHECK(count_of(parts, "bells of waiters") == 7);
  CHECK(count_of(parts, "header") == 0);
}

TEST_CASE("the bookkeeping of a page size that no machine has is refused", "[plan]") {
  CHECK_FALSE(bookkeeping_parts({}, 5000));
}
