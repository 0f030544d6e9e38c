// Readers that copy chunks without a pin, beside a publisher who knows nothing of them.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "tests/race/race_readers.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/seed.hpp"

using namespace tarn::test;
namespace ring = tarn::ring;

namespace {

constexpr std::uint32_t kChunkBytes = 256;

// Copies until the ring is closed and drained.
class CopyingReader {
 public:
  explicit CopyingReader(const ring::RingView& view)
      : buffer_(kChunkBytes / sizeof(std::uint64_t)), reader_(view, &join_, {}, view.depth) {}

  Act operator()() {
    const bool drained = reader_.drained();
    const ring::TakeResult result = reader_.copy(std::as_writable_bytes(std::span(buffer_)));
    switch (result.state) {
      case ring::TakeState::Taken:
        check(result.message);
        return Act::Acted;
      case ring::TakeState::Empty:
        return drained ? Act::Done : Act::Idle;
      case ring::TakeState::NoPin:
      case ring::TakeState::Corrupt:
        ++findings_.corrupt;
        break;
    }
    return Act::Acted;
  }

  [[nodiscard]] const Findings& findings() const { return findings_; }
  [[nodiscard]] const ring::ReaderCounts& counts() const { return reader_.counts(); }
  [[nodiscard]] std::uint64_t last() const { return last_; }

 private:
  void check(const ring::TakenMessage& message) {
    RaceReader::check_payload(message, findings_);
    if (message.length_bytes != kChunkBytes) ++findings_.wrong_lengths;
    if (message.sequence <= last_) ++findings_.out_of_order;
    last_ = message.sequence;
  }

  ring::JoinLayout join_{};
  std::vector<std::uint64_t> buffer_;
  ring::RingReader reader_;
  std::uint64_t last_ = 0;
  Findings findings_;
};

}  // namespace

TEST_CASE("a copy without a pin is whole or thrown away", "[race]") {
  std::minstd_rand random(tarn::test::seed());
  [[maybe_unused]] std::uint64_t torn = 0;
  for (const std::uint32_t depth : {1U, 2U, 16U}) {
    for (const Way way : ways()) {
      CAPTURE(depth, static_cast<int>(way));
      const std::uint64_t count = repeats(way, 60'000);
      // Just what the publisher needs for itself: nobody else has a chunk of it.
      const RingMemory memory(
          {.depth = depth, .chunk_count = depth + 1, .chunk_bytes = kChunkBytes});
      RacePublisher publisher(memory.view(), count);
      CopyingReader one(memory.view());
      CopyingReader other(memory.view());
      REQUIRE(run(way, {std::ref(publisher), std::ref(one), std::ref(other)},
                  static_cast<std::uint32_t>(random())));
      require_nothing(publisher.findings());  // it never waited for a chunk
      for (const CopyingReader* reader : {&one, &other}) {
        require_nothing(reader->findings());
        REQUIRE(reader->last() == count);
        REQUIRE(accounted(reader->counts()) == count);
        torn += reader->counts().torn;
      }
    }
  }
#ifdef TARN_CREW_INTERLEAVES
  REQUIRE(torn > 0);  // or none of this has shown anything
#endif
}
