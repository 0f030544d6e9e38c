#include "middleware/ring/member_list.hpp"

#include <array>

#include "tests/support/catch.hpp"

using tarn::ring::Member;
using tarn::ring::MemberList;
using tarn::ring::WaiterLayout;

namespace {

// Somebody who may sleep, and the pins of one subscription.
struct Sleeping {
  WaiterLayout waiter{};
  std::array<std::uint32_t, 2> pins{};

  [[nodiscard]] Member member(std::uint32_t index) {
    return {.pins = pins, .bed = &waiter, .waiter = index};
  }
};

}  // namespace

TEST_CASE("the members reach to the last place in use", "[ring]") {
  MemberList list(8);
  Sleeping one;
  REQUIRE(list.members().empty());
  list.set(5, one.member(0));
  REQUIRE(list.members().size() == 6);
  REQUIRE(list.members()[4].pins.empty());
  REQUIRE(list.members()[5].pins.data() == one.pins.data());
  list.set(2, one.member(0));
  list.clear(5);
  REQUIRE(list.members().size() == 3);
  list.clear(2);
  REQUIRE(list.members().empty());
}

TEST_CASE("a member that never sleeps keeps its place, for its pins are scanned", "[ring]") {
  MemberList list(8);
  Sleeping one;
  list.set(3, {.pins = one.pins});
  list.set(5, one.member(0));
  list.clear(5);
  REQUIRE(list.members().size() == 4);
  REQUIRE(list.members()[3].pins.size() == one.pins.size());
}
