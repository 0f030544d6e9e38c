#include "middleware/ring/gate.hpp"

#include <chrono>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/ring_memory.hpp"

using namespace std::chrono_literals;
using tarn::platform::kForever;
using tarn::platform::MonotonicTime;
using tarn::ring::Gate;
using tarn::ring::JoinLayout;
using tarn::ring::Member;
using tarn::test::RingMemory;

namespace {

constexpr std::uint64_t kName = tarn::ring::ring_name(3, 7);
constexpr std::uint32_t kDepth = 4;

// Readers of one ring of four slots.
struct Readers {
  explicit Readers(std::size_t count) : joins(count), members(count) {
    for (std::size_t i = 0; i < count; ++i) {
      joins[i] = {.cursor = 1, .ring_name = kName, .private_cursor = 0, .reserved = {}};
      members[i] = {.pins = {}, .join = &joins[i], .word = i + 1, .reliable = true};
    }
  }
  std::vector<JoinLayout> joins;
  std::vector<Member> members;
};

struct Fixture {
  explicit Fixture(std::size_t count, std::chrono::nanoseconds evict_after = 0ns)
      : ring({.depth = kDepth}), readers(count), gate(ring.view(), kName, 8, evict_after) {}
  bool look(std::uint64_t next) { return gate.look(next, readers.members); }

  RingMemory ring;
  Readers readers;
  Gate gate;
};

}  // namespace

TEST_CASE("a gate without reliable readers is open", "[gate]") {
  Fixture none(0);
  CHECK(none.look(1));
  CHECK(none.look(1000));
  Fixture best_effort(1);
  best_effort.readers.members[0].reliable = false;
  CHECK(best_effort.look(1000));
}

TEST_CASE("a gate is open while the slowest reader is less than a ring behind", "[gate]") {
  Fixture two(2);
  CHECK(two.gate.open(kDepth));
  CHECK_FALSE(two.gate.open(kDepth + 1));
  CHECK_FALSE(two.look(kDepth + 1));
  two.readers.joins[0].cursor = 4;
  CHECK_FALSE(two.look(kDepth + 1));
  CHECK(two.gate.slowest_place() == 1);
  two.readers.joins[1].cursor = 2;
  CHECK_FALSE(two.gate.open(kDepth + 1));  // as far as it knows
  CHECK(two.look(kDepth + 1));
  CHECK(two.gate.open(kDepth + 1));
  CHECK_FALSE(two.look(kDepth + 2));
}

TEST_CASE("who joins is waited for from where it begins", "[gate]") {
  Fixture one(1);
  JoinLayout& join = one.readers.joins[0];
  SECTION("a reader that came after the ring is not waited for before it has begun") {
    join.ring_name = 0;
    CHECK(one.look(100));
    join = {
        .cursor = tarn::ring::kJoining, .ring_name = kName, .private_cursor = 0, .reserved = {}};
    CHECK(one.look(100));
    join.cursor = 99;
    CHECK(one.look(100));
    CHECK(one.look(99 + kDepth - 1));
    CHECK_FALSE(one.look(99 + kDepth));
  }
  SECTION("a reader that was there before the ring is owed its first message") {
    one.readers.members[0].from_start = true;
    join.ring_name = tarn::ring::ring_name(3, 6);  // this place's former ring
    join.cursor = 77;
    CHECK(one.look(kDepth));
    CHECK_FALSE(one.look(kDepth + 1));
  }
  SECTION("a reader that left is not waited for") {
    join.cursor = tarn::ring::kLeft;
    CHECK(one.look(100));
    join.cursor = tarn::ring::kNeverRead;
    CHECK(one.look(100));
  }
}

TEST_CASE("a reader that wants what does not exist yet is demoted", "[gate]") {
  Fixture one(1);
  one.readers.joins[0].cursor = 500;
  CHECK(one.look(100));
  CHECK(one.gate.evictions() == 1);
  CHECK(one.ring.header().evicted[0] == 1);
  one.readers.joins[0].cursor = 1;
  CHECK(one.look(100));
  SECTION("until its place has another reader") {
    one.gate.forget(0);
    CHECK(one.ring.header().evicted[0] == 0);
    CHECK_FALSE(one.look(100));
  }
}

TEST_CASE("a reader that stands still for too long is demoted", "[gate]") {
  Fixture two(2, 10ms);
  const MonotonicTime start(1h);
  const auto evict = [&](MonotonicTime now) {
    return two.gate.evict_stuck(kDepth + 1, two.readers.members, now);
  };
  CHECK_FALSE(two.look(kDepth + 1));
  CHECK(evict(start) == start + 10ms);
  SECTION("at the time it was given") {
    CHECK(evict(start + 9ms) == start + 10ms);
    CHECK(two.gate.evictions() == 0);
    CHECK(evict(start + 10ms) == kForever);
    CHECK(two.gate.evictions() == 2);
    CHECK(two.look(kDepth + 1));
  }
  SECTION("but not while it moves") {
    two.readers.joins[0].cursor = 2;  // makes room, the other does not
    CHECK(evict(start + 10ms) == kForever);
    CHECK(two.gate.evictions() == 1);
    CHECK(two.ring.header().evicted[0] == 2);
    CHECK(two.look(kDepth + 1));
    CHECK_FALSE(two.look(kDepth + 2));
    CHECK(two.gate.evict_stuck(kDepth + 2, two.readers.members, start + 10ms) == start + 20ms);
  }
}

TEST_CASE("a reader whose words go to and fro stands still", "[gate]") {
  Fixture one(1, 10ms);
  std::uint64_t& cursor = one.readers.joins[0].cursor;
  const MonotonicTime start(1h);
  constexpr std::uint64_t kNext = kDepth + 4;
  cursor = 2;
  CHECK(one.gate.evict_stuck(kNext, one.readers.members, start) == start + 10ms);
  cursor = 3;  // so far it has taken something
  CHECK(one.gate.evict_stuck(kNext, one.readers.members, start + 5ms) == start + 15ms);
  for (int ms = 6; ms < 15; ++ms) {
    cursor = 1 + static_cast<std::uint64_t>(ms % 3);
    CHECK(one.gate.evict_stuck(kNext, one.readers.members, start + ms * 1ms) == start + 15ms);
  }
  CHECK(one.gate.evictions() == 0);
  CHECK(one.gate.evict_stuck(kNext, one.readers.members, start + 15ms) == kForever);
  CHECK(one.gate.evictions() == 1);
}

TEST_CASE("without evict_after nobody is demoted for being slow", "[gate]") {
  Fixture one(1);
  CHECK(one.gate.evict_stuck(kDepth + 1, one.readers.members, MonotonicTime(1h)) == kForever);
  CHECK(one.gate.evict_stuck(kDepth + 1, one.readers.members, MonotonicTime(100h)) == kForever);
  CHECK(one.gate.evictions() == 0);
}

TEST_CASE("a gate counts who has not taken a message", "[gate]") {
  Fixture three(3);
  three.readers.joins[0].cursor = 2;
  three.readers.members[2].reliable = false;
  CHECK(three.gate.behind(1, three.readers.members) == 1);
  three.readers.joins[1].cursor = 2;
  CHECK(three.gate.behind(1, three.readers.members) == 0);
}
