// A copy out of a slot against the publisher that writes the slot again: RingWriter::commit_inline() and
// RingReader::take() as they are.
#include "tests/model/model.hpp"
#include "tests/model/ring_model.hpp"

namespace tarn::test {

namespace {

using model::Weaker;

constexpr std::uint64_t kMessages = 3;
constexpr std::size_t kWords = 2;

class InlineProgram : public model::Program {
 public:
  void describe(model::WordMap& words) override {
    describe_ring(words, ring_.view());
    words.name_each(ring::inline_words(ring_.view().slot(0)), kWords, sizeof(std::uintptr_t),
                    "payload");
    reader_.describe(words, "subscriber");
  }
  std::vector<model::ThreadBody> threads() override {
    return {{.name = "publisher", .body = [this] { publish(); }},
            {.name = "subscriber", .body = [this] { take(); }}};
  }
  void reset() override {
    writer_.emplace(ring_.view());
    reader_.renew(ring_.view());
  }

 private:
  static std::uintptr_t word(std::uint64_t sequence, std::size_t index) {
    return static_cast<std::uintptr_t>(sequence * 10 + index);
  }
  void publish() {
    for (std::uint64_t sequence = 1; sequence <= kMessages; ++sequence) {
      const std::uintptr_t payload[kWords] = {word(sequence, 0), word(sequence, 1)};
      writer_->commit_inline({.length_bytes = sizeof payload}, payload);
    }
  }
  void take() {
    for (std::uint64_t i = 0; i < kMessages; ++i) {
      const ring::TakeResult result = reader_.take();
      if (result.state != ring::TakeState::Taken) return;
      std::uintptr_t copy[kWords];
      std::memcpy(copy, result.message.data, sizeof copy);
      for (std::size_t index = 0; index < kWords; ++index) {
        model::expect(copy[index] == word(result.message.sequence, index),
                      "a copy that was taken is of one message");
      }
    }
  }

  RingMemory ring_{{.depth = 1}};
  ModelReader reader_;
  std::optional<ring::RingWriter> writer_;
};

}  // namespace

Model inline_copy_model() {
  return {
      .name = "inline copy",
      .claim = "a copy that validates is of one message",
      .make = [](Fault) { return std::make_unique<InlineProgram>(); },
      .mutations = {
          {.what = "no BUSY before the words",
           .weakenings = {{"tarn_slot_begin", Weaker::NoStore}}},
          {.what = "begin: no release fence", .weakenings = {{"tarn_slot_begin", Weaker::NoFence}}},
          {.what = "end of the copy: no acquire fence",
           .weakenings = {{"tarn_copy_finish", Weaker::NoFence}}},
          {.what = "commit: relaxed", .weakenings = {{"tarn_slot_commit", Weaker::RelaxedStore}}},
          {.what = "look at the control word: relaxed",
           .weakenings = {{"tarn_ctl_observe", Weaker::RelaxedLoad}}},
      }};
}

}  // namespace tarn::test
