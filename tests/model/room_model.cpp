// A publisher that waits for room against the reader it waits for: PublisherPort::park() on one side,
// SubscriberPort::take_from() and make_way() on the other, over the library's Gate, Sleeper, writer and
// reader. The ring of one slot is full when it begins. There are no time-outs here: who is not woken
// sleeps for ever.
#include "middleware/ring/gate.hpp"
#include "middleware/ring/sleeper.hpp"
#include "tests/model/model.hpp"
#include "tests/model/ring_model.hpp"

namespace tarn::test {

namespace {

using model::Weaker;

enum RoomFault : Fault {
  kNoLastLook = 1,  // the publisher announces sleep and sleeps
  kLooksFirst,      // the reader looks for the publisher before its cursor moves
  kNeverLooks,
};

class RoomProgram : public model::Program {
 public:
  explicit RoomProgram(Fault fault) : fault_(fault) {
    ring_.slot_of(1).ctl = tarn_ctl(1, TARN_CHUNK_INLINE);
    ring_.slot_of(1).length_bytes = sizeof(std::uint64_t);
    ring_.header().tail = 1;
  }

  void describe(model::WordMap& words) override {
    describe_ring(words, ring_.view());
    words.name(&join_.cursor, "cursor");
    words.name(&ring_.header().publisher_sleep, "publisher's sleep");
    words.name(&bells_.publisher_bell, "publisher's bell");
  }
  std::vector<model::ThreadBody> threads() override {
    return {{.name = "publisher", .body = [this] { publish(); }},
            {.name = "reader", .body = [this] { read(); }}};
  }
  void reset() override {
    writer_.emplace(ring_.view(), 2U);
    gate_.emplace(ring_.view(), kName, 1U, std::chrono::nanoseconds::zero());
    sleeper_.emplace(&ring_.header().publisher_sleep, &bells_.publisher_bell);
    reader_.emplace(ring_.view(), &join_, ring::ReaderStart{.reliable = true}, ring_.view().depth);
  }

 private:
  static constexpr std::uint64_t kName = ring::ring_name(0, 1);

  void publish() {
    while (!has_room()) wait();
    const std::uint64_t payload = 2;
    writer_->commit_inline({.length_bytes = sizeof payload}, &payload);
  }
  [[nodiscard]] bool has_room() {
    const std::uint64_t next = writer_->next_sequence();
    return gate_->open(next) || gate_->look(next, members());
  }
  [[nodiscard]] std::span<const ring::Member> members() const { return {&member_, 1}; }
  void wait() {
    sleeper_->prepare();
    ring::Sleeper::fence();
    if (fault_ == kNoLastLook || !has_room()) (void)sleeper_->sleep(platform::kForever);
    sleeper_->finish();
  }

  void read() {
    ring::PinSet no_pins{{}};
    std::array<std::uint64_t, 5> copy;
    if (fault_ == kLooksFirst) make_way();
    const auto taken = reader_->take(no_pins, std::as_writable_bytes(std::span(copy)));
    model::expect(taken.state == ring::TakeState::Taken && taken.message.sequence == 1,
                  "what a reliable reader wants is not overwritten");
    if (fault_ != kLooksFirst && fault_ != kNeverLooks) make_way();
  }
  void make_way() {
    if (tarn_room_look(&ring_.header().publisher_sleep) % 2 == 1) {
      ring::ring_bell(&bells_.publisher_bell);
    }
  }

  RingMemory ring_{{.depth = 1}};
  Fault fault_;
  ring::JoinLayout join_{.cursor = 1, .ring_name = kName, .private_cursor = 0, .reserved = {}};
  ring::RingBellLayout bells_{};
  ring::Member member_{.pins = {}, .join = &join_, .word = 1, .reliable = true, .from_start = true};
  std::optional<ring::RingWriter> writer_;
  std::optional<ring::Gate> gate_;
  std::optional<ring::Sleeper> sleeper_;
  std::optional<ring::RingReader> reader_;
};

}  // namespace

Model room_model() {
  return {.name = "take and wait for room",
          .claim = "a publisher does not sleep beside a free slot",
          .make = [](Fault fault) { return std::make_unique<RoomProgram>(fault); },
          .mutations = {
              {.what = "fence of the sleeper: full to acquire and release",
               .weakenings = {{"tarn_sleep_fence", Weaker::HalfFence}}},
              {.what = "fence of the reader's look: full to acquire and release",
               .weakenings = {{"tarn_room_look", Weaker::HalfFence}}},
              {.what = "no last look", .weakenings = {}, .fault = kNoLastLook},
              {.what = "the reader looks before its cursor moves",
               .weakenings = {},
               .fault = kLooksFirst},
              {.what = "the reader never looks", .weakenings = {}, .fault = kNeverLooks},
          }};
}

}  // namespace tarn::test
