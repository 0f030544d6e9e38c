#include "middleware/ring/ring_reader.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/ring_publisher.hpp"

using tarn::ring::TakeState;
using tarn::test::accounted;
using tarn::test::RingMemory;
using tarn::test::TestPublisher;
using tarn::test::TestReader;

namespace {

constexpr std::uint32_t kDepth = 8;

struct Ends {
  explicit Ends(std::uint64_t published) { publisher.publish(published); }
  std::uint64_t next() {
    const auto result = reader.take();
    return result.state == TakeState::Taken ? result.message.sequence : 0;
  }
  void take_all() {
    while (next() != 0) {
    }
  }

  RingMemory ring{{.depth = kDepth}};
  TestPublisher publisher{ring.view()};
  TestReader reader{ring.view()};
};

}  // namespace

TEST_CASE("a reader moves back to what the ring holds and takes it again", "[ring][seek]") {
  Ends ends(10);
  ends.take_all();
  const auto before = ends.reader.counts();
  REQUIRE(ends.reader.reader().seek(5));
  for (std::uint64_t sequence = 5; sequence <= 10; ++sequence) CHECK(ends.next() == sequence);
  CHECK(ends.next() == 0);
  const auto after = ends.reader.counts();
  CHECK(after.received == before.received);
  CHECK(after.again == 6);
  CHECK(accounted(after) == 10);
  CHECK(ends.reader.join().cursor == 11);
}

TEST_CASE("what a reader seeks forward over is skipped", "[ring][seek]") {
  Ends ends(6);
  CHECK(ends.next() == 1);
  REQUIRE(ends.reader.reader().seek(5));
  CHECK(ends.reader.counts().skipped == 3);
  CHECK(ends.next() == 5);
  REQUIRE(ends.reader.reader().seek(7));
  CHECK(ends.next() == 0);
  ends.publisher.publish();
  CHECK(ends.next() == 7);
  CHECK(ends.reader.counts().skipped == 4);
  CHECK(accounted(ends.reader.counts()) == 7);
}

TEST_CASE("a reader seeks nowhere else than among what is kept", "[ring][seek]") {
  Ends ends(20);
  ends.take_all();
  CHECK(ends.reader.reader().kept().oldest == 13);
  CHECK(ends.reader.reader().kept().newest == 20);
  for (const std::uint64_t sequence :
       {std::uint64_t{0}, std::uint64_t{12}, std::uint64_t{22}, ~std::uint64_t{0}}) {
    CHECK_FALSE(ends.reader.reader().seek(sequence));
  }
  CHECK(ends.next() == 0);
  CHECK(ends.reader.reader().seek(13));
  CHECK(ends.next() == 13);
}

TEST_CASE("an empty ring has nothing to seek in but its beginning", "[ring][seek]") {
  Ends ends(0);
  CHECK(ends.reader.reader().kept().newest == 0);
  CHECK(ends.reader.reader().seek(1));
  CHECK_FALSE(ends.reader.reader().seek(2));
}

TEST_CASE("what is overwritten before it is taken again is not lost anew", "[ring][seek]") {
  Ends ends(8);
  ends.take_all();
  REQUIRE(ends.reader.reader().seek(1));
  CHECK(ends.next() == 1);
  SECTION("while what is new is still there") {
    ends.publisher.publish(4);
    ends.take_all();
    CHECK(ends.reader.counts().overwritten == 0);
    CHECK(ends.reader.counts().received == 12);
  }
  SECTION("and what is new and overwritten, too, is lost once") {
    ends.publisher.publish(20);
    ends.take_all();
    CHECK(ends.reader.counts().overwritten == 12);
    CHECK(ends.reader.counts().received == 16);
  }
  CHECK(accounted(ends.reader.counts()) == ends.publisher.published());
}

TEST_CASE("what was skipped or lost may be read again while it is there", "[ring][seek]") {
  Ends ends(8);
  REQUIRE(ends.reader.reader().seek(9));
  CHECK(ends.reader.counts().skipped == 8);
  REQUIRE(ends.reader.reader().seek(3));
  CHECK(ends.next() == 3);
  REQUIRE(ends.reader.reader().seek(6));
  CHECK(ends.next() == 6);
  CHECK(ends.reader.counts().again == 2);
  CHECK(ends.reader.counts().skipped == 8);
  CHECK(ends.reader.counts().received == 0);
}
