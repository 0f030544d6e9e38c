#include "middleware/ring/ring_reader.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/ring_publisher.hpp"
#include "tests/support/write_trap.hpp"

using tarn::ring::kLeft;
using tarn::ring::PinSet;
using tarn::ring::RingReader;
using tarn::ring::TakeState;
using tarn::test::accounted;
using tarn::test::payload_holds;
using tarn::test::RingMemory;
using tarn::test::start_now;
using tarn::test::TestPublisher;
using tarn::test::TestReader;
using tarn::test::WriteTrap;

namespace {

constexpr std::uint32_t kDepths[] = {1, 2, 3, 7, 16, 1000, 65536};

// Takes everything there is; true if it was first, first + 1, ..., last, payloads and all.
bool takes_exactly(TestReader& reader, std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t sequence = first; sequence <= last; ++sequence) {
    const auto result = reader.take();
    if (result.state != TakeState::Taken || result.message.sequence != sequence ||
        !payload_holds(result.message)) {
      return false;
    }
    if (result.message.pin != nullptr) tarn_pin_release(result.message.pin);
  }
  return reader.take().state == TakeState::Empty;
}

tarn::test::RingShape chunk_shape(std::uint32_t depth) {
  return {.depth = depth, .chunk_count = depth + 1 + 2, .chunk_bytes = 128};
}

}  // namespace

TEST_CASE("messages are taken in the order they were published, once each", "[ring]") {
  for (const std::uint32_t depth : kDepths) {
    for (const bool chunks : {false, true}) {
      const RingMemory ring(chunks ? chunk_shape(depth) : tarn::test::RingShape{.depth = depth});
      TestPublisher publisher(ring.view());
      TestReader reader(ring.view());
      publisher.members().set(0, {.pins = reader.pins()});
      REQUIRE(reader.take().state == TakeState::Empty);
      std::uint64_t taken = 0;
      for (std::uint32_t burst = 1; burst <= depth; burst = 2 * burst + 1) {
        publisher.publish(burst);
        REQUIRE(takes_exactly(reader, taken + 1, taken + burst));
        taken += burst;
      }
      REQUIRE(reader.counts().received == taken);
      REQUIRE(accounted(reader.counts()) == taken);
    }
  }
}

TEST_CASE("a message brings its stamp, its flags and what was lost before it", "[ring]") {
  const RingMemory ring({.depth = 4, .slot_bytes = 128, .chunk_count = 4});
  TestPublisher publisher(ring.view());
  TestReader reader(ring.view());
  const std::uint64_t word = 99;
  publisher.writer().commit_inline(
      {.stamp_ns = 17, .length_bytes = 8, .lost_before = 3, .flags = tarn::ring::kSlotForwarded},
      &word);
  publisher.writer().commit_chunk({.stamp_ns = 18, .length_bytes = 9}, publisher.loan());
  const auto inlined = reader.take().message;
  REQUIRE(inlined.stamp_ns == 17);
  REQUIRE(inlined.length_bytes == 8);
  REQUIRE(inlined.lost_before == 3);
  REQUIRE(inlined.flags == tarn::ring::kSlotForwarded);
  REQUIRE(inlined.pin == nullptr);
  REQUIRE(reader.reader().newest_stamp() == 18);
  const auto chunk = reader.take().message;
  REQUIRE(chunk.stamp_ns == 18);
  REQUIRE(chunk.length_bytes == 9);
  REQUIRE(chunk.lost_before == 0);
  REQUIRE(chunk.data == ring.view().chunk(0));
  REQUIRE(*chunk.pin == ring.view().gid_base + 0 + 1);
  REQUIRE(reader.counts().upstream == 3);
}

TEST_CASE("a ring keeps exactly its depth of messages, and the reader knows what it missed",
          "[ring]") {
  for (const std::uint32_t depth : kDepths) {
    for (const std::uint64_t excess : {0U, 1U, depth - 1, depth, 5 * depth + 3}) {
      const RingMemory ring({.depth = depth});
      TestPublisher publisher(ring.view());
      TestReader reader(ring.view());
      publisher.publish(depth + excess);
      REQUIRE(reader.reader().unread() == depth + excess);
      const auto first = reader.take().message;
      REQUIRE(first.sequence == excess + 1);
      REQUIRE(first.lost_before == excess);
      REQUIRE(takes_exactly(reader, excess + 2, excess + depth));
      REQUIRE(reader.counts().received == depth);
      REQUIRE(reader.counts().overwritten == excess);
    }
  }
}

TEST_CASE("a reader that keeps fewer messages gets exactly the newest of them", "[ring]") {
  for (const std::uint32_t depth : {2U, 3U, 7U, 16U, 1000U}) {
    for (const std::uint32_t keep_last : {1U, 2U, depth - 1, depth}) {
      for (const std::uint64_t count :
           {1U, keep_last, keep_last + 1, depth, depth + 1, 3 * depth}) {
        const RingMemory ring({.depth = depth});
        TestPublisher publisher(ring.view());
        TestReader reader(ring.view(), {}, keep_last);
        publisher.publish(count);
        const std::uint64_t lost = count > keep_last ? count - keep_last : 0;
        CAPTURE(depth, keep_last, count);
        REQUIRE(takes_exactly(reader, lost + 1, count));
        REQUIRE(reader.counts().overwritten == lost);
      }
    }
  }
}

TEST_CASE("keep_last out of range means 1 or depth", "[ring]") {
  const RingMemory ring({.depth = 4});
  TestPublisher publisher(ring.view());
  TestReader none(ring.view(), {}, 0);
  TestReader many(ring.view(), {}, 0xFFFFFFFF);
  publisher.publish(4);
  REQUIRE(takes_exactly(none, 4, 4));
  REQUIRE(takes_exactly(many, 1, 4));
}

TEST_CASE("a late joiner reads the history it asked for, which is nobody's loss", "[ring]") {
  for (const std::uint64_t history : {0U, 1U, 3U, 8U}) {
    const RingMemory ring({.depth = 8});
    TestPublisher publisher(ring.view());
    publisher.publish(20);
    TestReader reader(ring.view(), start_now(ring.view(), history), 8);
    publisher.publish(8 - history);
    REQUIRE(takes_exactly(reader, 21 - history, 28 - history));
    REQUIRE(reader.counts().history_received == history);
    REQUIRE(reader.counts().history_missed == 0);
    REQUIRE(reader.counts().received == 8 - history);
    REQUIRE(reader.counts().overwritten == 0);
  }
}

TEST_CASE("history that was overwritten is missed, what came after the start is lost", "[ring]") {
  const RingMemory ring({.depth = 8});
  TestPublisher publisher(ring.view());
  publisher.publish(20);
  TestReader reader(ring.view(), start_now(ring.view(), 5), 8);
  publisher.publish(
      10);  // 23..30 are left, the reader starts at 16, and 21 is the first that counts
  REQUIRE(reader.reader().unread() == 10);
  const auto first = reader.take().message;
  REQUIRE(first.sequence == 23);
  REQUIRE(first.lost_before == 2);
  REQUIRE(reader.counts().history_missed == 5);
  REQUIRE(reader.counts().overwritten == 2);
  REQUIRE(takes_exactly(reader, 24, 30));
}

TEST_CASE("the shared cursor never lies before the start", "[ring]") {
  const RingMemory ring({.depth = 8});
  TestPublisher publisher(ring.view());
  publisher.publish(6);
  TestReader reader(ring.view(), start_now(ring.view(), 4), 8);
  publisher.publish(1);
  for (int i = 0; i < 4; ++i) {
    REQUIRE(reader.take().message.sequence == static_cast<std::uint64_t>(i) + 3);
    REQUIRE(reader.join().cursor == 7);
  }
  REQUIRE(reader.take().message.sequence == 7);
  REQUIRE(reader.join().cursor == 8);
}

TEST_CASE("with every pin in use the message stays until one is released", "[ring]") {
  const RingMemory ring(chunk_shape(4));
  TestPublisher publisher(ring.view());
  TestReader reader(ring.view());
  publisher.members().set(0, {.pins = reader.pins()});
  publisher.publish(3);
  const auto first = reader.take().message;
  const auto second = reader.take().message;
  REQUIRE(reader.take().state == TakeState::NoPin);
  REQUIRE(reader.take().state == TakeState::NoPin);
  REQUIRE(reader.reader().available());
  tarn_pin_release(first.pin);
  const auto third = reader.take();
  REQUIRE(third.state == TakeState::Taken);
  REQUIRE(third.message.sequence == 3);
  REQUIRE(third.message.pin == first.pin);
  REQUIRE(payload_holds(second));
  REQUIRE(reader.counts().received == 3);
  REQUIRE(accounted(reader.counts()) == 3);
}

TEST_CASE("held samples stay as they are while the publisher goes round and round", "[ring]") {
  for (const std::uint32_t depth : {1U, 2U, 5U}) {
    const RingMemory ring(chunk_shape(depth));
    TestPublisher publisher(ring.view());
    TestReader reader(ring.view());
    publisher.members().set(0, {.pins = reader.pins()});
    publisher.publish();
    const auto first = reader.take().message;
    publisher.publish();
    const auto second = reader.take().message;
    for (std::uint32_t i = 0; i < 20 * depth; ++i) {
      REQUIRE(publisher.publish() != 0);
      REQUIRE(payload_holds(first));
      REQUIRE(payload_holds(second));
    }
    REQUIRE(reader.take().state == TakeState::NoPin);
    tarn_pin_release(second.pin);
    const auto next = reader.take().message;
    REQUIRE(next.sequence == 3 + 19 * depth);
    REQUIRE(payload_holds(first));
  }
}

TEST_CASE("a chunk overwritten before its pin was seen is not handed out, nor stays pinned",
          "[ring]") {
  const RingMemory ring(chunk_shape(2));
  TestPublisher publisher(ring.view());
  publisher.publish(2);
  // The pins lie where the first store to one lets the publisher go once round.
  WriteTrap page([&] { publisher.publish(2); });
  PinSet pins(std::span(reinterpret_cast<std::uint32_t*>(page.data()), 2));
  tarn::ring::JoinLayout join{};
  RingReader reader(ring.view(), &join, {}, 2);
  const auto result = reader.take(pins, {});
  REQUIRE(page.sprung());
  REQUIRE(result.state == TakeState::Taken);
  REQUIRE(result.message.sequence == 3);
  REQUIRE(payload_holds(result.message));
  REQUIRE(reader.counts().overwritten == 2);
  REQUIRE(*result.message.pin != 0);
  tarn_pin_release(result.message.pin);
  REQUIRE(pins.all_free());
}

TEST_CASE("an inline message overwritten while it is copied is not handed out", "[ring]") {
  const RingMemory ring({.depth = 2});
  TestPublisher publisher(ring.view());
  publisher.publish(2);
  WriteTrap page([&] { publisher.publish(2); });
  PinSet pins({});
  tarn::ring::JoinLayout join{};
  RingReader reader(ring.view(), &join, {}, 2);
  const auto result = reader.take(pins, std::span(page.data(), 40));
  REQUIRE(page.sprung());
  REQUIRE(result.state == TakeState::Taken);
  REQUIRE(result.message.sequence == 3);
  REQUIRE(payload_holds(result.message));
  REQUIRE(reader.counts().overwritten == 2);
}

TEST_CASE("the newest message can be read again, and is counted once", "[ring]") {
  const RingMemory ring({.depth = 4});
  TestPublisher publisher(ring.view());
  TestReader reader(ring.view());
  REQUIRE_FALSE(reader.reader().skip_to_newest());
  publisher.publish(3);
  for (int i = 0; i < 3; ++i) {
    REQUIRE(reader.reader().skip_to_newest());
    const auto result = reader.take();
    REQUIRE(result.message.sequence == 3);
    REQUIRE(result.message.lost_before == 0);
    REQUIRE(reader.counts().received == 1);
    REQUIRE(reader.counts().skipped == 2);
    REQUIRE(reader.take().state == TakeState::Empty);
  }
}

TEST_CASE("a message taken before is not lost when it is overwritten before it is read again",
          "[ring]") {
  const RingMemory ring({.depth = 2});
  TestPublisher publisher(ring.view());
  TestReader reader(ring.view());
  publisher.publish();
  REQUIRE(reader.take().message.sequence == 1);
  REQUIRE(reader.reader().skip_to_newest());
  SECTION("by one message more than the ring keeps") {
    publisher.publish(2);
    const auto result = reader.take();
    REQUIRE(result.message.sequence == 2);
    REQUIRE(result.message.lost_before == 0);
    REQUIRE(reader.counts().overwritten == 0);
    REQUIRE(reader.counts().received == 2);
  }
  SECTION("and skipping from there does not skip it") {
    publisher.publish(2);
    REQUIRE(reader.reader().skip_to_newest());
    REQUIRE(reader.counts().skipped == 1);
    REQUIRE(reader.counts().received == 1);
    REQUIRE(reader.take().message.sequence == 3);
    REQUIRE(accounted(reader.counts()) == 3);
  }
}

TEST_CASE("reading the newest from before the start counts nothing", "[ring]") {
  const RingMemory ring({.depth = 4});
  TestPublisher publisher(ring.view());
  publisher.publish(5);
  TestReader reader(ring.view(), start_now(ring.view()), 4);
  REQUIRE(reader.reader().skip_to_newest());
  REQUIRE(reader.counts().history_received == 0);
  REQUIRE(reader.reader().unread() == 0);
  REQUIRE(reader.take().message.sequence == 5);
  REQUIRE(accounted(reader.counts()) == 0);
  publisher.publish();
  REQUIRE(reader.take().message.sequence == 6);
  REQUIRE(accounted(reader.counts()) == 1);
}

TEST_CASE("skipping everything leaves nothing to take and tells the publisher", "[ring]") {
  const RingMemory ring({.depth = 4});
  TestPublisher publisher(ring.view());
  TestReader reader(ring.view());
  publisher.publish(3);
  reader.reader().skip_all();
  REQUIRE(reader.take().state == TakeState::Empty);
  REQUIRE(reader.counts().skipped == 3);
  REQUIRE(reader.join().cursor == 4);
  reader.reader().skip_all();
  REQUIRE(reader.counts().skipped == 3);
  publisher.publish();
  REQUIRE(takes_exactly(reader, 4, 4));
}

TEST_CASE("a closed ring is drained once everything in it was taken", "[ring]") {
  const RingMemory ring({.depth = 4});
  TestPublisher publisher(ring.view());
  TestReader reader(ring.view());
  publisher.publish(2);
  REQUIRE_FALSE(reader.reader().drained());
  publisher.writer().close();
  REQUIRE_FALSE(reader.reader().drained());
  REQUIRE(takes_exactly(reader, 1, 2));
  REQUIRE(reader.reader().drained());
}

TEST_CASE("a reader that leaves says so in its join", "[ring]") {
  const RingMemory ring({.depth = 4});
  TestReader reader(ring.view());
  reader.reader().leave();
  REQUIRE(reader.join().cursor == kLeft);
}

TEST_CASE("sequences past 40 bits are taken like any other", "[ring]") {
  constexpr std::uint64_t kWrap = std::uint64_t{1} << 40;
  for (const std::uint32_t depth : {1U, 3U, 8U}) {
    for (const std::uint32_t keep_last : {1U, depth}) {
      const std::uint64_t before = kWrap - 2 * depth;
      const RingMemory ring({.depth = depth, .published = before});
      TestPublisher publisher(ring.view(), before);
      TestReader reader(ring.view(), start_now(ring.view()), keep_last);
      for (std::uint64_t burst = 1; burst < 3 * depth; ++burst) {
        publisher.publish(burst);
        const std::uint64_t last = publisher.published();
        REQUIRE(takes_exactly(reader, last + 1 - std::min<std::uint64_t>(burst, keep_last), last));
      }
      REQUIRE(accounted(reader.counts()) == publisher.published() - before);
    }
  }
}
