#include "platform/random.hpp"

#include <set>

#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"

namespace tarn::platform {
namespace {

using namespace tarn::test;

TEST_CASE("random numbers do not repeat and use all of their bits", "[platform][random]") {
  std::set<std::uint64_t> drawn;
  std::uint64_t ever_one = 0;
  std::uint64_t ever_zero = 0;
  constexpr std::size_t kDraws = 200;  // a bit that is fair stays the same with odds of 2^-199
  for (std::size_t draw = 0; draw < kDraws; ++draw) {
    const std::uint64_t number = must(random_u64());
    drawn.insert(number);
    ever_one |= number;
    ever_zero |= ~number;
  }
  REQUIRE(drawn.size() == kDraws);
  REQUIRE(ever_one == UINT64_MAX);
  REQUIRE(ever_zero == UINT64_MAX);
}

}  // namespace
}  // namespace tarn::platform
