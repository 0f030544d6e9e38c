// A publisher gone wrong may write anything into its own pages. Its readers stay within bounds, come to
// an end, hold no pin they did not hand out, and say Corrupt where they can tell.
#include <algorithm>
#include <random>
#include <utility>

#include "tests/support/catch.hpp"
#include "tests/support/ring_publisher.hpp"
#include "tests/support/seed.hpp"

using tarn::ring::TakeResult;
using tarn::ring::TakeState;
using tarn::test::accounted;
using tarn::test::payload_holds;
using tarn::test::RingMemory;
using tarn::test::start_now;
using tarn::test::TestPublisher;
using tarn::test::TestReader;

namespace {

bool pins_free(TestReader& reader) { return tarn::ring::PinSet{reader.pins()}.all_free(); }

// Reads each byte of what was handed out, for the address sanitizer to see.
unsigned touch(const TakeResult& result) {
  unsigned sum = 0;
  for (std::uint32_t i = 0; i < result.message.length_bytes; ++i) {
    sum += static_cast<unsigned>(result.message.data[i]);
  }
  return sum;
}

}  // namespace

TEST_CASE("a chunk that the ring does not have is passed over", "[ring]") {
  for (const std::uint32_t chunk : {5U, 6U, 0x800000U, 0xFFFFFDU}) {
    const RingMemory ring({.depth = 4, .chunk_count = 5});
    TestPublisher publisher(ring.view());
    TestReader reader(ring.view());
    publisher.publish(3);
    ring.slot_of(2).ctl = tarn_ctl(2, chunk);
    REQUIRE(reader.take().message.sequence == 1);
    REQUIRE(reader.reader().available());
    REQUIRE(reader.take().state == TakeState::Corrupt);
    const auto next = reader.take().message;
    REQUIRE(next.sequence == 3);
    REQUIRE(next.lost_before == 1);
    REQUIRE(reader.counts().corrupt == 1);
    REQUIRE(accounted(reader.counts()) == 3);
  }
}

TEST_CASE("a chunk in a ring without chunks is passed over", "[ring]") {
  const RingMemory ring({.depth = 2});
  TestReader reader(ring.view());
  ring.slot_of(1).ctl = tarn_ctl(1, 0);
  REQUIRE(reader.take().state == TakeState::Corrupt);
  REQUIRE(reader.take().state == TakeState::Empty);
}

TEST_CASE("a length beyond the chunk is passed over and leaves no pin", "[ring]") {
  for (const std::uint32_t length : {65U, 0x80000000U, 0xFFFFFFFFU}) {
    const RingMemory ring({.depth = 2, .chunk_count = 4, .chunk_bytes = 64});
    TestPublisher publisher(ring.view());
    TestReader reader(ring.view());
    publisher.publish(2);
    ring.slot_of(1).length_bytes = length;
    REQUIRE(reader.take().state == TakeState::Corrupt);
    REQUIRE(pins_free(reader));
    REQUIRE(reader.take().message.sequence == 2);
    REQUIRE(reader.counts().corrupt == 1);
  }
}

TEST_CASE("a length beyond the slot is passed over", "[ring]") {
  for (const std::uint32_t slot_bytes : tarn::ring::kSlotBytes) {
    const std::uint32_t capacity = tarn::ring::inline_capacity_bytes(slot_bytes);
    for (const std::uint32_t length : {capacity + 1, 0x80000000U, 0xFFFFFFFFU}) {
      const RingMemory ring({.depth = 1, .slot_bytes = slot_bytes});
      TestPublisher publisher(ring.view());
      TestReader reader(ring.view());
      publisher.publish_inline(capacity);
      REQUIRE(payload_holds(reader.take().message));
      publisher.publish_inline(capacity);
      ring.slot_of(2).length_bytes = length;
      REQUIRE(reader.take().state == TakeState::Corrupt);
      REQUIRE(reader.take().state == TakeState::Empty);
    }
  }
}

TEST_CASE("a length that is none of the type is passed over and leaves no pin", "[ring]") {
  const std::uint32_t chunk_count = GENERATE(0U, 6U);
  const bool many = GENERATE(false, true);
  const RingMemory ring({.depth = 8, .chunk_count = chunk_count, .chunk_bytes = 64});
  TestPublisher publisher(ring.view());
  tarn::ring::JoinLayout join{};
  tarn::ring::RingReader reader(ring.view(), &join, {.lengths = {.unit_bytes = 12, .many = many}},
                                8);
  std::uint32_t pin = 0;
  tarn::ring::PinSet pins(std::span(&pin, 1));
  std::vector<std::uint64_t> room(8);
  std::uint64_t sequence = 0;
  for (const std::uint32_t length : {12U, 11U, 13U, 0U, 24U, 36U}) {
    publisher.publish();
    ring.slot_of(++sequence).length_bytes = length;
    const auto result = reader.take(pins, std::as_writable_bytes(std::span(room)));
    const bool right = length == 12 || (many && length % 12 == 0);
    INFO("length " << length);
    REQUIRE(result.state == (right ? TakeState::Taken : TakeState::Corrupt));
    if (result.message.pin != nullptr) tarn_pin_release(result.message.pin);
    REQUIRE(pins.all_free());
  }
  REQUIRE(reader.counts().corrupt == (many ? 2 : 5));
}

TEST_CASE("a message that does not fit the caller's buffer is passed over", "[ring]") {
  const RingMemory ring({.depth = 2});
  TestPublisher publisher(ring.view());
  publisher.publish_inline(17);
  tarn::ring::JoinLayout join{};
  tarn::ring::RingReader reader(ring.view(), &join, {}, 2);
  tarn::ring::PinSet pins({});
  std::vector<std::uint64_t> buffer(2);
  REQUIRE(reader.take(pins, std::as_writable_bytes(std::span(buffer))).state == TakeState::Corrupt);
}

TEST_CASE("a corrupt message of the history is missed, none that counts", "[ring]") {
  const RingMemory ring({.depth = 4, .chunk_count = 5});
  TestPublisher publisher(ring.view());
  publisher.publish(3);
  ring.slot_of(2).ctl = tarn_ctl(2, 5);
  TestReader reader(ring.view(), start_now(ring.view(), 3), 4, 3);
  publisher.publish(1);
  REQUIRE(reader.take().message.sequence == 1);
  REQUIRE(reader.take().state == TakeState::Corrupt);
  REQUIRE(reader.take().message.sequence == 3);
  const auto first = reader.take().message;
  REQUIRE(first.sequence == 4);
  REQUIRE(first.lost_before == 0);
  REQUIRE(reader.counts().history_missed == 1);
  REQUIRE(accounted(reader.counts()) == 1);
}

TEST_CASE("a corrupt newest message counts once, however often it is looked at", "[ring]") {
  const RingMemory ring({.depth = 4, .chunk_count = 5});
  TestReader reader(ring.view());
  ring.slot_of(1).ctl = tarn_ctl(1, 5);
  ring.header().tail = 1;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(reader.reader().skip_to_newest());
    REQUIRE(reader.take().state == TakeState::Corrupt);
    REQUIRE(reader.counts().corrupt == 1);
    REQUIRE(accounted(reader.counts()) == 1);
  }
}

TEST_CASE(
    "a slot of a message that nothing else knows of is passed over, and those behind it are read",
    "[ring]") {
  for (const std::uint32_t chunk : {0U, 1U, std::uint32_t{TARN_CHUNK_NONE}}) {
    const RingMemory ring({.depth = 4, .chunk_count = 8});
    TestPublisher publisher(ring.view());
    TestReader reader(ring.view());
    publisher.publish(3);
    ring.slot_of(2).ctl = tarn_ctl(std::uint64_t{1} << 30, chunk);
    REQUIRE(reader.take().message.sequence == 1);
    REQUIRE(reader.reader().available());
    REQUIRE(reader.take().state == TakeState::Corrupt);
    REQUIRE(reader.take().message.sequence == 3);
    publisher.publish(6);
    do std::ranges::fill(reader.pins(), 0U);
    while (reader.take().state == TakeState::Taken);
    REQUIRE(reader.reader().cursor() == 10);
    REQUIRE(accounted(reader.counts()) == 9);
  }
}

TEST_CASE("a slot of a message that nothing else knows of, behind all that do, is waited for",
          "[ring]") {
  const RingMemory ring({.depth = 4});
  TestPublisher publisher(ring.view());
  TestReader reader(ring.view());
  publisher.publish(5);
  while (reader.take().state == TakeState::Taken) {
  }
  ring.slot_of(6).ctl = tarn_ctl(std::uint64_t{1} << 30, TARN_CHUNK_INLINE);
  REQUIRE_FALSE(reader.reader().available());
  REQUIRE(reader.take().state == TakeState::Empty);
  REQUIRE(reader.counts().corrupt == 0);
  publisher.publish(1);
  REQUIRE(reader.take().message.sequence == 6);
}

TEST_CASE("a tail gone wrong leads no reader away from what is published", "[ring]") {
  const std::uint64_t tail = GENERATE(std::uint64_t{1} << 35, std::uint64_t{5} << 40,
                                      (std::uint64_t{5} << 40) + 9, ~std::uint64_t{0});
  const RingMemory ring({.depth = 4});
  TestPublisher publisher(ring.view());
  TestReader reader(ring.view(), {}, 2);
  publisher.publish(9);
  const std::uint64_t right = std::exchange(ring.header().tail, tail);
  SECTION("while it is lapped") { REQUIRE(reader.take().message.sequence == 8); }
  SECTION("while it skips to the newest message") {
    REQUIRE(reader.reader().skip_to_newest());
    REQUIRE(reader.take().message.sequence == 9);
  }
  SECTION("while it skips all of them") { reader.reader().skip_all(); }
  SECTION("while it asks what there is") {
    REQUIRE(reader.reader().unread() == 9);
    REQUIRE(reader.reader().kept().newest == 9);
    REQUIRE(reader.reader().seek(9));
  }
  ring.header().tail = right;
  publisher.publish(1);
  TakeResult last;
  for (TakeResult next = reader.take(); next.state == TakeState::Taken; next = reader.take()) {
    last = next;
  }
  REQUIRE(last.message.sequence == 10);
  REQUIRE(accounted(reader.counts()) == 10);
}

namespace {

class Nonsense {
 public:
  explicit Nonsense(std::uint32_t seed) : random_(seed) {}

  std::uint32_t below(std::uint32_t limit) { return word() % limit; }
  std::uint32_t word() { return static_cast<std::uint32_t>(random_()); }

  // Close to what is right, or anything.
  std::uint64_t sequence(std::uint64_t around) {
    return below(2) == 0 ? around + below(9) - 4 : random_();
  }
  std::uint32_t chunk(std::uint32_t count) {
    switch (below(4)) {
      case 0:
        return TARN_CHUNK_NONE;
      case 1:
        return TARN_CHUNK_INLINE;
      case 2:
        return below(count + 2);
      default:
        return word() & 0xFFFFFF;
    }
  }

  void spoil(const RingMemory& ring, std::uint64_t around) {
    const auto& view = ring.view();
    tarn::ring::SlotLayout& slot = *view.slot(below(view.depth));
    switch (below(4)) {
      case 0:
        slot.ctl = tarn_ctl(sequence(around), chunk(view.chunk_count));
        break;
      case 1:
        slot.length_bytes = below(2) == 0 ? below(300) : word();
        break;
      case 2:
        ring.header().tail = sequence(around);
        break;
      default:
        slot.ctl = random_();
    }
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace

TEST_CASE("random words in a ring keep no reader from coming to an end within bounds", "[ring]") {
  Nonsense nonsense(tarn::test::seed());
  unsigned sum = 0;
  for (int round = 0; round < 200; ++round) {
    const std::uint32_t depth = 1 + nonsense.below(6);
    const RingMemory ring({.depth = depth, .chunk_count = nonsense.below(5), .published = 20});
    TestReader reader(ring.view(), start_now(ring.view(), depth), 1 + nonsense.below(depth));
    for (int i = 0; i < 100; ++i) {
      nonsense.spoil(ring, reader.reader().cursor());
      switch (nonsense.below(8)) {
        case 0:
          reader.reader().skip_to_newest();
          break;
        case 1:
          reader.reader().skip_all();
          break;
        case 2:
          sum += static_cast<unsigned>(reader.reader().unread());
          break;
        case 3:
          sum += static_cast<unsigned>(reader.reader().newest_stamp());
          break;
        case 4:
          sum += static_cast<unsigned>(tarn::ring::newest_committed(ring.view()));
          break;
        default:
          break;
      }
      const auto result = reader.take();
      sum += touch(result);
      REQUIRE((result.state == TakeState::Taken || result.message.pin == nullptr));
      if (result.message.pin != nullptr) tarn_pin_release(result.message.pin);
      REQUIRE(pins_free(reader));
    }
  }
  REQUIRE(sum != 0);
}
