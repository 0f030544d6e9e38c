#include "middleware/ring/waker.hpp"

#include "tests/support/bed_rooms.hpp"
#include "tests/support/catch.hpp"

using tarn::ring::Bed;
using tarn::ring::bed_word;
using tarn::ring::BedKind;
using tarn::ring::Member;
using tarn::ring::ring_waiter;
using tarn::ring::Waker;
using tarn::test::BedRooms;

namespace {

constexpr std::uint32_t kWaiters = 8;
constexpr std::uint32_t kRings = 4;

struct Night {
  BedRooms beds{kWaiters, kRings};
  Waker waker{kWaiters};

  void lie(std::uint32_t waiter, Bed bed) { beds.line(waiter).bed = bed_word(bed); }
  bool wake(std::uint32_t waiter) {
    const bool woken = waker.wake({.pins = {}, .bed = &beds.line(waiter), .waiter = waiter}, beds);
    waker.finish(beds);
    return woken;
  }
};

}  // namespace

TEST_CASE("a member that is awake is not rung", "[ring][beds]") {
  Night night;
  REQUIRE_FALSE(night.wake(1));
  night.beds.line(1).sleep = 8;
  REQUIRE_FALSE(night.wake(1));
  REQUIRE(night.beds.rung(1) == 0);
}

TEST_CASE("a sleeping member is rung once in each sleep", "[ring][beds]") {
  Night night;
  std::uint32_t rung = 0;
  for (const std::uint64_t generation : {1U, 3U, 5U}) {
    night.beds.line(3).sleep = generation;
    REQUIRE(night.wake(3));
    REQUIRE_FALSE(night.wake(3));
    REQUIRE(night.beds.rung(3) == ++rung);
    night.beds.line(3).sleep = generation + 1;
    REQUIRE_FALSE(night.wake(3));
  }
}

TEST_CASE("a member that never sleeps is never rung", "[ring][beds]") {
  Night night;
  REQUIRE_FALSE(night.waker.wake(Member{}, night.beds));
}

TEST_CASE("a waiter's number that went to another line is rung in the same generation",
          "[ring][beds]") {
  Night night;
  night.beds.line(2).sleep = 5;
  REQUIRE(night.wake(2));
  tarn::ring::WaiterLayout other{};
  other.sleep = 5;
  REQUIRE(night.waker.wake({.pins = {}, .bed = &other, .waiter = 2}, night.beds));
  REQUIRE_FALSE(night.waker.wake({.pins = {}, .bed = &other, .waiter = 2}, night.beds));
  REQUIRE(night.beds.rung(2) == 2);
}

TEST_CASE("a delegate is rung instead, once for all it sleeps for", "[ring][beds]") {
  Night night;
  for (const std::uint32_t member : {1U, 2U, 3U}) night.lie(member, {BedKind::Delegate, 5});
  night.beds.line(1).sleep = 7;  // says nothing while another one sleeps for it
  REQUIRE_FALSE(night.wake(1));
  night.beds.line(5).sleep = 1;
  REQUIRE(night.wake(1));
  REQUIRE_FALSE(night.wake(2));
  REQUIRE_FALSE(night.wake(3));
  REQUIRE(night.beds.rung(5) == 1);
  REQUIRE(night.beds.rung(1) == 0);
  night.beds.line(5).sleep = 3;
  REQUIRE(night.wake(3));
}

TEST_CASE("a delegate is told whom it is rung for, all of them", "[ring][beds]") {
  Night night;
  for (const std::uint32_t member : {1U, 2U}) night.lie(member, {BedKind::Delegate, 5});
  std::uint64_t* const hints = night.beds.hints(5);
  REQUIRE_FALSE(night.wake(1));
  REQUIRE(tarn_hint_take(hints) == 0b10);
  night.beds.line(5).sleep = 1;
  REQUIRE(night.wake(1));
  REQUIRE_FALSE(night.wake(2));
  REQUIRE(tarn_hint_take(hints) == 0b110);
  REQUIRE(tarn_hint_take(hints) == 0);
  ring_waiter(2, night.beds);
  REQUIRE(tarn_hint_take(hints) == 0b100);
  night.beds.line(3).sleep = 1;
  REQUIRE(night.wake(3));
  REQUIRE(*night.beds.hints(3) == 0);
}

TEST_CASE("a bed that leads nowhere is the waiter's own bell", "[ring][beds]") {
  Night night;
  night.beds.line(1).sleep = 1;
  SECTION("a delegate that does not exist") { night.lie(1, {BedKind::Delegate, kWaiters}); }
  SECTION("a delegate of a delegate") {
    night.lie(1, {BedKind::Delegate, 2});
    night.lie(2, {BedKind::Delegate, 3});
    night.beds.line(3).sleep = 1;
  }
  SECTION("a delegate of itself") { night.lie(1, {BedKind::Delegate, 1}); }
  SECTION("a kind that is none") { night.beds.line(1).bed = std::uint64_t{17} << 32; }
  REQUIRE(night.wake(1));
  REQUIRE(night.beds.rung(1) == 1);
}

TEST_CASE("sleepers on a ring's bell are woken with one ring", "[ring][beds]") {
  Night night;
  for (std::uint32_t waiter = 0; waiter < kWaiters; ++waiter) {
    night.lie(waiter, {BedKind::RingBell, 2});
    night.beds.line(waiter).sleep = 1;
  }
  night.lie(7, {BedKind::RingBell, 3});
  std::uint32_t woken = 0;
  for (std::uint32_t waiter = 0; waiter < kWaiters; ++waiter) {
    const Member member{.pins = {}, .bed = &night.beds.line(waiter), .waiter = waiter};
    woken += night.waker.wake(member, night.beds) ? 1 : 0;
  }
  CHECK(night.beds.ring_rung(3) == 0);
  night.waker.finish(night.beds);
  CHECK(woken == kWaiters);
  CHECK(night.beds.ring_rung(2) == 1);
  CHECK(night.beds.ring_rung(3) == 1);
  night.waker.finish(night.beds);
  CHECK(night.beds.ring_rung(2) == 1);
  for (std::uint32_t waiter = 0; waiter < kWaiters; ++waiter) CHECK(night.beds.rung(waiter) == 0);
}

TEST_CASE("the bell of a ring that does not exist rings for nobody", "[ring][beds]") {
  Night night;
  night.lie(1, {BedKind::RingBell, kRings});
  night.beds.line(1).sleep = 1;
  REQUIRE(night.wake(1));
  for (std::uint32_t ring = 0; ring < kRings; ++ring) CHECK(night.beds.ring_rung(ring) == 0);
}

TEST_CASE("who sleeps on a socket is rung there, also for others", "[ring][beds]") {
  Night night;
  night.lie(4, {BedKind::Socket, 4});
  night.lie(1, {BedKind::Delegate, 4});
  night.beds.line(4).sleep = 1;
  REQUIRE(night.wake(1));
  REQUIRE_FALSE(night.wake(4));
  CHECK(night.beds.datagrams(4) == 1);
  CHECK(night.beds.rung(4) == 0);
}

TEST_CASE("a kick goes to the bed, whether or not anybody sleeps in it", "[ring][beds]") {
  Night night;
  night.lie(1, {BedKind::Delegate, 5});
  night.lie(2, {BedKind::RingBell, 3});
  night.lie(3, {BedKind::Socket, 3});
  for (std::uint32_t waiter = 0; waiter < 4; ++waiter) ring_waiter(waiter, night.beds);
  ring_waiter(kWaiters, night.beds);
  CHECK(night.beds.rung(0) == 1);
  CHECK(night.beds.rung(1) == 0);
  CHECK(night.beds.rung(5) == 1);
  CHECK(night.beds.ring_rung(3) == 1);
  CHECK(night.beds.datagrams(3) == 1);
}
