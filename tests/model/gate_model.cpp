// A reliable reader that joins while the publisher goes on: once it has begun, no message may be
// overwritten before it has read it. The publisher looks at the cursor before it overwrites anything
// (what blocking topics do), the reader announces a cursor and looks at the ring once more.
#include "tests/model/model.hpp"
#include "tests/model/ring_model.hpp"

namespace tarn::test {

namespace {

using model::Weaker;

enum GateFault : Fault {
  kNoSecondLook = 1,  // the reader starts where it announced
  kLooksAtTailOnly,   // takes tail for the newest message, which is one behind at times
};

constexpr std::uint64_t kMessages = 3;
constexpr std::uint64_t kTakes = 2;

class GateProgram : public model::Program {
 public:
  explicit GateProgram(Fault fault) : fault_(fault) { join_.cursor = ring::kJoining; }

  void describe(model::WordMap& words) override {
    describe_ring(words, ring_.view());
    words.name(&join_.cursor, "cursor");
  }
  std::vector<model::ThreadBody> threads() override {
    return {{.name = "publisher", .body = [this] { publish(); }},
            {.name = "joiner", .body = [this] { join(); }}};
  }
  void reset() override {
    writer_.emplace(ring_.view());
    reader_.reset();
  }

 private:
  void publish() {
    std::uint64_t gate = 1;  // what lies before it may be overwritten
    for (std::uint64_t i = 0; i < kMessages; ++i) {
      const std::uint64_t next = writer_->next_sequence();
      if (next > ring_.view().depth && next - ring_.view().depth >= gate) {
        const std::uint64_t cursor = tarn_cursor_read(&join_.cursor);
        gate = cursor == ring::kJoining ? next : std::min(cursor, next);
        if (next - ring_.view().depth >= gate) return;  // would wait
      }
      writer_->commit_inline({.length_bytes = sizeof next}, &next);
    }
  }
  void join() {
    std::uint64_t start = look() + 1;
    tarn_cursor_announce(&join_.cursor, start);
    if (fault_ != kNoSecondLook) {
      start = look() + 1;
      tarn_cursor_publish(&join_.cursor, start);
    }
    reader_.emplace(ring_.view(), &join_, ring::ReaderStart{.first = start, .from = start},
                    ring_.view().depth);
    ring::PinSet no_pins{{}};
    std::array<std::uint64_t, 5> copy;
    for (std::uint64_t i = 0; i < kTakes; ++i) {
      (void)reader_->take(no_pins, std::as_writable_bytes(std::span(copy)));
    }
    model::expect(reader_->counts().overwritten == 0, "a reliable reader is never overrun");
  }
  [[nodiscard]] std::uint64_t look() const {
    return fault_ == kLooksAtTailOnly ? tarn_tail_read(&ring_.header().tail)
                                      : newest_sequence(ring_.view());
  }

  RingMemory ring_{{.depth = 1}};
  Fault fault_;
  ring::JoinLayout join_{};
  std::optional<ring::RingWriter> writer_;
  std::optional<ring::RingReader> reader_;
};

}  // namespace

Model gate_model() {
  return {.name = "join and gate",
          .claim = "a reliable reader that has begun is not overrun",
          .make = [](Fault fault) { return std::make_unique<GateProgram>(fault); },
          .mutations = {
              {.what = "no second look at the ring", .weakenings = {}, .fault = kNoSecondLook},
              {.what = "announcement: full fence to acquire and release",
               .weakenings = {{"tarn_cursor_announce", Weaker::HalfFence}}},
              {.what = "publish fence: full to acquire and release",
               .weakenings = {{"tarn_publish_fence", Weaker::HalfFence}}},
          }};
}

}  // namespace tarn::test
