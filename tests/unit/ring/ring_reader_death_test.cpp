// What a publisher leaves behind that dies between any two of its stores, as its readers see it.
#include "tests/support/catch.hpp"
#include "tests/support/ring_publisher.hpp"

using tarn::ring::newest_committed;
using tarn::ring::RingWriter;
using tarn::ring::TakeState;
using tarn::test::accounted;
using tarn::test::die_before_commit;
using tarn::test::die_before_tail;
using tarn::test::payload_holds;
using tarn::test::RingMemory;
using tarn::test::start_now;
using tarn::test::TestPublisher;
using tarn::test::TestReader;

namespace {

// Takes what there is; the sequence of the last one, 0 for none. Every payload must hold.
std::uint64_t take_all(TestReader& reader) {
  std::uint64_t last = 0;
  for (;;) {
    const auto result = reader.take();
    if (result.state == TakeState::Empty) return last;
    REQUIRE(result.state == TakeState::Taken);
    REQUIRE(result.message.sequence > last);
    if (result.message.length_bytes != 0) REQUIRE(payload_holds(result.message));
    last = result.message.sequence;
  }
}

}  // namespace

TEST_CASE("a message never committed is never taken, those before it are", "[ring]") {
  for (const std::uint32_t depth : {1U, 2U, 3U, 8U}) {
    for (std::uint64_t published = 0; published <= 3 * depth; ++published) {
      const RingMemory ring({.depth = depth});
      TestPublisher publisher(ring.view());
      TestReader reader(ring.view());
      publisher.publish(published);
      die_before_commit(ring, published + 1);
      // The slot of the new message held the oldest of the old ones.
      const std::uint64_t left = std::min<std::uint64_t>(published, depth - 1);
      CAPTURE(depth, published);
      REQUIRE(reader.reader().available() == (left != 0));
      REQUIRE(take_all(reader) == (left == 0 ? 0 : published));
      REQUIRE(reader.counts().received == left);
      REQUIRE(reader.counts().overwritten == published - left);
      REQUIRE_FALSE(reader.reader().available());
    }
  }
}

TEST_CASE("a message committed without tail is taken like any other", "[ring]") {
  for (const std::uint32_t depth : {1U, 2U, 3U, 8U}) {
    for (std::uint64_t published = 0; published <= 3 * depth; ++published) {
      const RingMemory ring({.depth = depth});
      TestPublisher publisher(ring.view());
      TestReader early(ring.view());
      TestReader picky(ring.view(), {}, 1);
      publisher.publish(published);
      die_before_tail(ring, published + 1);
      const std::uint64_t left = std::min<std::uint64_t>(published + 1, depth);
      CAPTURE(depth, published);
      REQUIRE(take_all(early) == published + 1);
      REQUIRE(early.counts().received == left);
      REQUIRE(accounted(early.counts()) == published + 1);
      REQUIRE(picky.take().message.sequence == published + 1);
      REQUIRE(picky.counts().overwritten == published);
      REQUIRE(picky.take().state == TakeState::Empty);
    }
  }
}

TEST_CASE("reading the newest does not go back behind a tail that was never stored", "[ring]") {
  for (const std::uint32_t depth : {1U, 2U, 3U, 8U}) {
    const RingMemory ring({.depth = depth});
    TestPublisher publisher(ring.view());
    TestReader reader(ring.view());
    TestReader latest(ring.view());
    publisher.publish(5);
    die_before_tail(ring, 6);
    take_all(reader);
    const std::uint64_t received = reader.counts().received;
    for (int i = 0; i < 3; ++i) {
      REQUIRE(reader.reader().skip_to_newest());
      REQUIRE(reader.take().message.sequence == 6);
      REQUIRE(reader.counts().received == received);
      REQUIRE(latest.reader().skip_to_newest());
      REQUIRE(latest.take().message.sequence == 6);
      REQUIRE(latest.counts().received == 1);
    }
    REQUIRE(accounted(reader.counts()) == 6);
    REQUIRE(accounted(latest.counts()) == 6);
    REQUIRE(latest.reader().newest_stamp() == 6);
  }
}

TEST_CASE("a reader that joins beside a dead publisher starts behind its newest message",
          "[ring]") {
  const RingMemory ring({.depth = 4});
  TestPublisher publisher(ring.view());
  publisher.publish(9);
  die_before_tail(ring, 10);
  TestReader now(ring.view(), start_now(ring.view()), 4);
  REQUIRE(now.take().state == TakeState::Empty);
  TestReader with_history(ring.view(), start_now(ring.view(), 2), 4);
  REQUIRE(with_history.take().message.sequence == 9);
  REQUIRE(with_history.take().message.sequence == 10);
  REQUIRE(with_history.counts().history_received == 2);
}

TEST_CASE("a dead publisher's reader is drained without the message that never came", "[ring]") {
  for (const std::uint32_t depth : {1U, 2U, 8U}) {
    const RingMemory ring({.depth = depth});
    TestPublisher publisher(ring.view());
    TestReader reader(ring.view());
    publisher.publish(2);
    die_before_commit(ring, 3);
    ring.header().closed = 1;
    take_all(reader);
    REQUIRE(reader.reader().drained());
    REQUIRE(accounted(reader.counts()) == (depth == 1 ? 2 : newest_committed(ring.view())));
  }
}

TEST_CASE("a writer that goes on where another died repairs the ring by writing", "[ring]") {
  for (const std::uint32_t depth : {1U, 2U, 3U, 8U}) {
    for (const bool committed : {false, true}) {
      const RingMemory ring({.depth = depth});
      TestPublisher publisher(ring.view());
      TestReader reader(ring.view());
      publisher.publish(2 * depth);
      committed ? die_before_tail(ring, 2 * depth + 1) : die_before_commit(ring, 2 * depth + 1);
      const std::uint64_t newest = newest_committed(ring.view());
      REQUIRE(newest == 2 * depth + (committed ? 1 : 0));
      TestPublisher heir(ring.view(), newest);
      heir.publish(1);
      REQUIRE(take_all(reader) == newest + 1);
      REQUIRE(accounted(reader.counts()) == newest + 1);
      REQUIRE(reader.counts().received == depth);
    }
  }
}
