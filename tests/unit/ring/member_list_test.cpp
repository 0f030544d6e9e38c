#include "middleware/ring/member_list.hpp"

#include <array>

#include "tests/support/catch.hpp"

using tarn::ring::BellLayout;
using tarn::ring::Member;
using tarn::ring::MemberList;
using tarn::ring::WaiterLayout;

namespace {

// Somebody who may sleep, and the pins of one subscription.
struct Sleeping {
  WaiterLayout waiter{};
  BellLayout bell{};
  std::array<std::uint32_t, 2> pins{};

  [[nodiscard]] Member member(std::uint32_t index) {
    return {.pins = pins, .sleep = &waiter.sleep, .bell = &bell.bell, .waiter = index};
  }
};

}  // namespace

TEST_CASE("a member that is awake is not rung", "[ring]") {
  MemberList list(4, 4);
  Sleeping one;
  list.set(2, one.member(1));
  REQUIRE_FALSE(list.wake(2));
  one.waiter.sleep = 8;
  REQUIRE_FALSE(list.wake(2));
  REQUIRE(one.bell.bell == 0);
}

TEST_CASE("a sleeping member is rung once in each sleep", "[ring]") {
  MemberList list(4, 4);
  Sleeping one;
  list.set(0, one.member(3));
  for (const std::uint64_t generation : {1U, 3U, 5U}) {
    const std::uint32_t before = one.bell.bell;
    one.waiter.sleep = generation;
    REQUIRE(list.wake(0));
    REQUIRE_FALSE(list.wake(0));
    REQUIRE(one.bell.bell == before + 1);
    one.waiter.sleep = generation + 1;
    REQUIRE_FALSE(list.wake(0));
  }
}

TEST_CASE("two members of one sleeping thread ring its bell once", "[ring]") {
  MemberList list(4, 4);
  Sleeping one;
  list.set(0, one.member(2));
  list.set(1, one.member(2));
  one.waiter.sleep = 7;
  REQUIRE(list.wake(0));
  REQUIRE_FALSE(list.wake(1));
  REQUIRE(one.bell.bell == 1);
}

TEST_CASE("a waiter index that went to another thread is rung in the same generation", "[ring]") {
  MemberList list(4, 4);
  Sleeping first;
  Sleeping second;
  list.set(0, first.member(2));
  first.waiter.sleep = 5;
  REQUIRE(list.wake(0));
  second.waiter.sleep = 5;
  SECTION("at the same place") { list.set(0, second.member(2)); }
  SECTION("after the place was empty") {
    list.clear(0);
    list.set(0, second.member(2));
  }
  SECTION("at another place") {
    list.clear(0);
    list.set(3, second.member(2));
  }
  REQUIRE((list.wake(0) || list.wake(3)));
  REQUIRE(second.bell.bell == 1);
}

TEST_CASE("entering a member again as it was does not ring it again", "[ring]") {
  MemberList list(4, 4);
  Sleeping one;
  list.set(1, one.member(2));
  one.waiter.sleep = 5;
  REQUIRE(list.wake(1));
  list.set(1, one.member(2));
  REQUIRE_FALSE(list.wake(1));
}

TEST_CASE("a place that is empty or does not exist has nobody to ring", "[ring]") {
  MemberList list(4, 4);
  Sleeping one;
  one.waiter.sleep = 1;
  // Places come from bits that any process can set.
  for (const std::uint32_t place : {0U, 3U, 4U, 63U, 511U, 0xFFFFFFFFU}) {
    REQUIRE_FALSE(list.wake(place));
  }
  list.set(1, one.member(0));
  list.clear(1);
  REQUIRE_FALSE(list.wake(1));
  REQUIRE(one.bell.bell == 0);
}

TEST_CASE("the members reach to the last place in use", "[ring]") {
  MemberList list(8, 4);
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
  MemberList list(8, 4);
  Sleeping one;
  list.set(3, {.pins = one.pins});
  list.set(5, one.member(0));
  list.clear(5);
  REQUIRE(list.members().size() == 4);
  REQUIRE(list.members()[3].pins.size() == one.pins.size());
  REQUIRE_FALSE(list.wake(3));
}
