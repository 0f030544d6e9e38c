#include "middleware/ring/ring_view.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/ring_publisher.hpp"

using tarn::ring::newest_committed;
using tarn::ring::newest_sequence;
using tarn::test::die_before_commit;
using tarn::test::die_before_tail;
using tarn::test::RingMemory;
using tarn::test::TestPublisher;

namespace {

constexpr std::uint64_t kWrap = std::uint64_t{1} << 40;

}  // namespace

TEST_CASE("a ring nobody has written to has no newest message", "[ring]") {
  for (const std::uint32_t depth : {1U, 2U, 7U, 65536U}) {
    const RingMemory ring({.depth = depth});
    REQUIRE(newest_sequence(ring.view()) == 0);
    REQUIRE(newest_committed(ring.view()) == 0);
    die_before_commit(ring, 1);
    REQUIRE(newest_sequence(ring.view()) == 0);
    REQUIRE(newest_committed(ring.view()) == 0);
  }
}

TEST_CASE("the newest message is the one committed last, over many laps", "[ring]") {
  for (const std::uint32_t depth : {1U, 2U, 3U, 7U, 8U}) {
    for (const std::uint64_t before : {std::uint64_t{0}, kWrap - 10, 3 * kWrap - 1}) {
      const RingMemory ring({.depth = depth, .published = before});
      TestPublisher publisher(ring.view(), before);
      for (std::uint32_t i = 0; i < 30; ++i) {
        publisher.publish();
        REQUIRE(newest_sequence(ring.view()) == publisher.published());
        REQUIRE(newest_committed(ring.view()) == publisher.published());
      }
    }
  }
}

TEST_CASE("a message that is being written is not the newest, the one before it is", "[ring]") {
  for (const std::uint32_t depth : {1U, 2U, 3U, 8U}) {
    for (std::uint64_t published = 1; published < 20; ++published) {
      const RingMemory ring({.depth = depth});
      TestPublisher publisher(ring.view());
      publisher.publish(published);
      die_before_commit(ring, published + 1);
      REQUIRE(newest_sequence(ring.view()) == published);
      REQUIRE(newest_committed(ring.view()) == published);
    }
  }
}

TEST_CASE("a message is the newest from its commit on, whatever tail says", "[ring]") {
  for (const std::uint32_t depth : {1U, 2U, 3U, 8U}) {
    for (const std::uint64_t before : {std::uint64_t{0}, std::uint64_t{5}, kWrap - 1}) {
      const RingMemory ring({.depth = depth, .published = before});
      die_before_tail(ring, before + 1);
      REQUIRE(ring.header().tail == before);
      REQUIRE(newest_sequence(ring.view()) == before + 1);
      REQUIRE(newest_committed(ring.view()) == before + 1);
    }
  }
}

TEST_CASE("a slot that claims to lie before the first message is no newest one", "[ring]") {
  const RingMemory ring({.depth = 4, .published = 6});
  // Half the range of 40 bits behind: as a number without sign it would be the largest of all.
  ring.slot_of(6).ctl = tarn_ctl(6 - (kWrap / 2 - 1), TARN_CHUNK_INLINE);
  REQUIRE(newest_committed(ring.view()) == 5);
  REQUIRE(newest_sequence(ring.view()) < 7);
}

TEST_CASE("a tail that no slot knows of is not believed", "[ring]") {
  for (const std::uint32_t depth : {1U, 2U, 7U}) {
    for (const std::uint64_t published : {std::uint64_t{0}, std::uint64_t{3}, kWrap / 4}) {
      for (const std::uint64_t tail : {std::uint64_t{1} << 33, 3 * kWrap / 5, ~std::uint64_t{0}}) {
        const RingMemory ring({.depth = depth, .published = published});
        ring.header().tail = tail;
        CAPTURE(depth, published, tail);
        CHECK(newest_sequence(ring.view()) == published);
        CHECK(newest_committed(ring.view()) == published);
      }
    }
  }
}
