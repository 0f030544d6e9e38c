// Where a member's own ring begins: the publisher learns of the member between two messages, says so in the
// ring's head, and puts the next message into both rings. PublisherPort::serve() and send_to_each() on one
// side, MemberReader on the other, as they are.
#include "middleware/ring/member_reader.hpp"
#include "middleware/ring/private_rings.hpp"
#include "tests/model/model.hpp"
#include "tests/model/ring_model.hpp"

namespace tarn::test {

namespace {

using model::Weaker;

enum PrivateBeginFault : Fault { kBeginsBehindTheCommit = 1 };

constexpr std::uint64_t kMember = 5;
constexpr std::uint64_t kName = 7;
constexpr std::uint32_t kDepth = 2;
constexpr int kTakes = 3;

class PrivateBeginProgram : public model::Program {
 public:
  explicit PrivateBeginProgram(Fault fault) : fault_(fault) {
    ring::clear(own());
    // What it said to a former member makes sense, but not to this one.
    own().head->member = kMember - 1;
    own().head->base = 1;
    own().head->first = 1;
  }

  void describe(model::WordMap& words) override {
    describe_ring(words, shared_.view(), "everybody's ");
    const ring::PrivateRing ring = own();
    for (std::uint32_t index = 0; index < kDepth; ++index) {
      ring::SlotLayout& slot = *ring.view.slot(index);
      words.name(&slot.ctl, "own slot " + std::to_string(index), show_ctl);
      words.leave_out(&slot.length_bytes, ring.view.slot_bytes - sizeof slot.ctl);
    }
    words.name(&ring.head->tail, "own tail");
    words.name(&ring.head->member, "served member");
    words.name(&ring.head->base, "base");
    words.name(&ring.head->first, "first");
    words.name(&ring.head->refused, "refused");
    words.name_each(ring.sequences, kDepth, sizeof *ring.sequences, "sequence");
    words.name(&join_.cursor, "cursor");
    words.name(&join_.ring_name, "joined ring");
    words.name(&join_.private_cursor, "own cursor");
  }
  std::vector<model::ThreadBody> threads() override {
    return {{.name = "publisher", .body = [this] { publish(); }},
            {.name = "subscriber", .body = [this] { subscribe(); }}};
  }
  void reset() override {
    writer_.emplace(shared_.view());
    rings_.emplace(shared_.view(), memory_.data(), 1, kName);
    reader_.emplace(shared_.view(), &join_, ring::ReaderStart{},
                    ring::OwnRing{.ring = own(), .member = kMember});
  }

 private:
  [[nodiscard]] ring::PrivateRing own() const {
    return ring::private_ring(shared_.view(), memory_.data(), 0);
  }

  void publish() {
    const std::uint64_t payload = 0;
    const ring::MessageNote note{.length_bytes = sizeof payload};
    writer_->commit_inline(note, &payload);
    ring::Member member;
    member.join = &join_;
    member.word = kMember;
    member.depth = kDepth;
    member.takes = true;
    const std::uint64_t next = writer_->next_sequence();
    if (fault_ != kBeginsBehindTheCommit) rings_->serve(0, member, next);
    writer_->commit_inline(note, &payload);
    if (fault_ == kBeginsBehindTheCommit) rings_->serve(0, member, next);
    (void)rings_->deliver_inline(note, &payload, next);
  }

  void subscribe() {
    ring::PinSet no_pins{{}};
    std::array<std::uint64_t, 5> copy;
    std::uint64_t last = 0;
    for (int i = 0; i < kTakes; ++i) {
      const auto result = reader_->take(no_pins, std::as_writable_bytes(std::span(copy)));
      if (result.state != ring::TakeState::Taken) continue;
      model::expect(result.message.sequence == last + 1, "each message comes once, and in order");
      last = result.message.sequence;
    }
  }

  RingMemory shared_{{.depth = kDepth}};
  LineMemory memory_{ring::private_ring_bytes(kDepth, 64)};
  Fault fault_;
  ring::JoinLayout join_{.cursor = 1, .ring_name = kName, .private_cursor = 0, .reserved = {}};
  std::optional<ring::RingWriter> writer_;
  std::optional<ring::PrivateRings> rings_;
  std::optional<ring::MemberReader> reader_;
};

}  // namespace

Model private_begin_model() {
  return {.name = "private ring begins",
          .claim = "a member goes from everybody's ring to its own without missing or repeating",
          .make = [](Fault fault) { return std::make_unique<PrivateBeginProgram>(fault); },
          .mutations = {
              {.what = "it begins behind the commit of its first message",
               .weakenings = {},
               .fault = kBeginsBehindTheCommit},
              {.what = "beginning: relaxed",
               .weakenings = {{"tarn_private_ring_begin", Weaker::RelaxedStore}}},
              {.what = "look at the beginning: relaxed",
               .weakenings = {{"tarn_private_ring_look", Weaker::RelaxedLoad}}},
              {.what = "look at the control word: relaxed",
               .weakenings = {{"tarn_ctl_observe", Weaker::RelaxedLoad}}},
          }};
}

}  // namespace tarn::test
