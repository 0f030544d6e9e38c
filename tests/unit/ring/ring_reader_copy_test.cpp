// Taking from a ring without a pin, as an observer does.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "middleware/ring/ring_reader.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/ring_publisher.hpp"

using tarn::ring::TakeState;
using namespace tarn::test;
namespace ring = tarn::ring;

namespace {

constexpr std::uint32_t kDepth = 4;
constexpr std::uint32_t kChunkBytes = 128;

// Reads with a join line that nobody else knows.
class Observer {
 public:
  explicit Observer(const ring::RingView& view, std::size_t buffer_bytes = kChunkBytes)
      : buffer_(buffer_bytes / 8), reader_(view, &join_, {}, view.depth) {}
  ring::TakeResult copy() { return reader_.copy(std::as_writable_bytes(std::span(buffer_))); }
  [[nodiscard]] const ring::ReaderCounts& counts() const { return reader_.counts(); }

 private:
  ring::JoinLayout join_{};
  std::vector<std::uint64_t> buffer_;
  ring::RingReader reader_;
};

RingShape chunk_shape() {
  return {.depth = kDepth, .chunk_count = kDepth + 1, .chunk_bytes = kChunkBytes};
}

}  // namespace

TEST_CASE("a copied chunk keeps no chunk from its publisher", "[ring]") {
  const RingMemory memory(chunk_shape());
  TestPublisher publisher(memory.view());
  Observer observer(memory.view());
  for (std::uint64_t sequence = 1; sequence <= 5 * kDepth; ++sequence) {
    REQUIRE(publisher.publish_chunk() == sequence);
    const auto result = observer.copy();
    REQUIRE(result.state == TakeState::Taken);
    REQUIRE(result.message.pin == nullptr);
    REQUIRE(result.message.sequence == sequence);
    REQUIRE(payload_holds(result.message));
  }
  CHECK(observer.copy().state == TakeState::Empty);
  CHECK(observer.counts().received == 5 * kDepth);
}

TEST_CASE("chunks and inline messages are copied from the same ring", "[ring]") {
  const RingMemory memory(chunk_shape());
  TestPublisher publisher(memory.view());
  Observer observer(memory.view());
  publisher.publish_inline(24);
  publisher.publish_chunk();
  REQUIRE(payload_holds(observer.copy().message));
  REQUIRE(payload_holds(observer.copy().message));
}

TEST_CASE("who copies too seldom learns how many messages it missed", "[ring]") {
  const RingMemory memory(chunk_shape());
  TestPublisher publisher(memory.view());
  Observer observer(memory.view());
  publisher.publish(10);
  const auto result = observer.copy();
  REQUIRE(result.state == TakeState::Taken);
  CHECK(result.message.sequence == 10 - kDepth + 1);
  CHECK(result.message.lost_before == 10 - kDepth);
  CHECK(observer.counts().overwritten == 10 - kDepth);
}

TEST_CASE("a length beyond the chunk or the copy's room is not believed", "[ring]") {
  const RingMemory memory(chunk_shape());
  TestPublisher publisher(memory.view());
  publisher.publish(1);
  SECTION("beyond the chunk") { memory.slot_of(1).length_bytes = kChunkBytes + 1; }
  SECTION("far beyond it") { memory.slot_of(1).length_bytes = ~std::uint32_t{0}; }
  Observer observer(memory.view());
  CHECK(observer.copy().state == TakeState::Corrupt);
  CHECK(observer.counts().corrupt == 1);
  memory.slot_of(1).length_bytes = kChunkBytes;
  Observer cramped(memory.view(), 64);
  CHECK(cramped.copy().state == TakeState::Corrupt);
}

TEST_CASE("a reader notes the most messages that it found waiting", "[ring]") {
  const RingMemory memory({.depth = 64});
  TestPublisher publisher(memory.view());
  TestReader reader(memory.view());
  const auto drain = [&] {
    while (reader.take().state == TakeState::Taken) reader.reader().measure_backlog();
  };
  publisher.publish(1);
  drain();
  CHECK(reader.reader().high_water() == 0);  // behind a single message none waits
  publisher.publish(40);
  drain();
  CHECK(reader.reader().high_water() == 39);
  publisher.publish(10);
  drain();
  CHECK(reader.reader().high_water() == 39);
}

TEST_CASE("a reader that lost messages had a full ring, whenever it looked", "[ring]") {
  const RingMemory memory({.depth = 64});
  TestPublisher publisher(memory.view());
  TestReader reader(memory.view());
  publisher.publish(65);
  REQUIRE(reader.take().message.sequence == 2);
  CHECK(reader.reader().high_water() == 64);
}
