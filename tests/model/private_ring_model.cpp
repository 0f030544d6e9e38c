// One chunk in two rings of a publisher: everybody's, and the private ring of a subscriber that drops the
// newest. The chunk is retired when the last of them has dropped it, which the ledger counts; it,
// writers and readers are the library's.
#include "tests/model/model.hpp"
#include "tests/model/ring_model.hpp"

namespace tarn::test {

namespace {

enum PrivateRingFault : Fault { kRetiresOnFirstDrop = 1, kRetiresOnEveryDrop };

constexpr std::uint32_t kChunks = 3;
constexpr std::uint64_t kMessages = 4;
constexpr int kTakes = 2;

class PrivateRingProgram : public model::Program {
 public:
  explicit PrivateRingProgram(Fault fault) : fault_(fault) {}

  void describe(model::WordMap& words) override {
    describe_ring(words, shared_.view(), "shared ");
    describe_ring(words, private_view(), "private ");
    reader_.describe(words, "subscriber");
  }
  std::vector<model::ThreadBody> threads() override {
    return {{.name = "publisher", .body = [this] { publish(); }},
            {.name = "subscriber", .body = [this] { subscribe(); }}};
  }
  void reset() override {
    shared_writer_.emplace(shared_.view());
    private_writer_.emplace(private_view());
    ledger_.emplace(kChunks, 2);
    sent_ = {};
    rings_of_ = {};
    reader_.renew(private_view());
  }

 private:
  // Slots and header of its own, chunks of the shared ring.
  [[nodiscard]] ring::RingView private_view() const {
    ring::RingView view = private_.view();
    view.chunks = shared_.view().chunks;
    view.chunk_count = kChunks;
    view.chunk_bytes = shared_.view().chunk_bytes;
    return view;
  }

  void publish() {
    while (shared_writer_->next_sequence() <= kMessages) {
      if (!ledger_->has_free()) reclaim();
      if (!ledger_->has_free()) return;
      const std::uint32_t chunk = ledger_->pop_free();
      const std::uint64_t sequence = shared_writer_->next_sequence();
      model::plain_write(shared_.view().chunk(chunk), sequence);
      // Where its subscriber has not read the message before, the newest is dropped.
      const bool room = tarn_cursor_read(reader_.cursor_word()) >= private_writer_->next_sequence();
      enter(chunk);
      leave(shared_writer_->commit_chunk(note(), chunk));
      if (!room) continue;
      sent_[static_cast<std::size_t>(private_writer_->next_sequence())] = sequence;
      enter(chunk);
      leave(private_writer_->commit_chunk(note(), chunk));
    }
  }
  static ring::MessageNote note() { return {.length_bytes = sizeof(std::uint64_t)}; }
  // As the library counts; where it is to go wrong, the ledger is told that the chunk was in one ring alone.
  void enter(std::uint32_t chunk) {
    if (fault_ == kNoFault) ledger_->enter(chunk);
    ++rings_of_[chunk];
  }
  void leave(std::uint32_t chunk) {
    if (chunk == ring::kNoChunk) return;
    if (fault_ == kNoFault) return ledger_->leave(chunk);
    const bool first = rings_of_[chunk] != 0;
    rings_of_[chunk] = 0;
    if (first || fault_ == kRetiresOnEveryDrop) ledger_->retire(chunk);
  }
  void reclaim() {
    ledger_->clear_marks();
    ledger_->mark_pinned(reader_.pins(), shared_.view().gid_base);
    ledger_->free_unmarked();
  }

  void subscribe() {
    for (int i = 0; i < kTakes; ++i) {
      const ring::TakeResult result = reader_.take();
      if (result.state != ring::TakeState::Taken) return;
      const std::uint64_t payload = model::plain_read(result.message.data);
      model::expect(payload == sent_[static_cast<std::size_t>(result.message.sequence)],
                    "a pinned chunk holds the message that was taken");
      tarn_pin_release(result.message.pin);
    }
  }

  RingMemory shared_{{.depth = 1, .chunk_count = kChunks}};
  RingMemory private_{{.depth = 1}};
  Fault fault_;
  ModelReader reader_;
  std::optional<ring::RingWriter> shared_writer_;
  std::optional<ring::RingWriter> private_writer_;
  std::optional<ring::ChunkLedger> ledger_;
  std::array<std::uint32_t, kChunks> rings_of_{};
  std::array<std::uint64_t, kMessages + 1> sent_{};  // by sequence in the private ring
};

}  // namespace

Model private_ring_model() {
  return {.name = "chunk in two rings",
          .claim = "a chunk is free only when the last ring has dropped it",
          .make = [](Fault fault) { return std::make_unique<PrivateRingProgram>(fault); },
          .mutations = {
              {.what = "retired when the first ring drops it",
               .weakenings = {},
               .fault = kRetiresOnFirstDrop},
              {.what = "retired by each ring that drops it",
               .weakenings = {},
               .fault = kRetiresOnEveryDrop},
          }};
}

}  // namespace tarn::test
