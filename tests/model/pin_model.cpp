// A pin against the publisher's scan: PublisherPort::loan() and reclaim() on one side, RingReader's
// take_chunk() and the release of a sample on the other. Two chunks for a ring of one slot, so that
// the third message needs the first one's chunk back.
#include "tests/model/model.hpp"
#include "tests/model/ring_model.hpp"

namespace tarn::test {

namespace {

using model::Weaker;

constexpr Fault kPinMovesDown = 1;

class PinProgram : public model::Program {
 public:
  PinProgram(std::size_t subscribers, Fault fault) : fault_(fault), readers_(subscribers) {
    // Each subscriber multiplies the executions: with two the first message is there already.
    if (!alone()) begin_with_one(ring_);
  }

  void describe(model::WordMap& words) override {
    describe_ring(words, ring_.view());
    for (std::size_t i = 0; i < readers_.size(); ++i) {
      readers_[i].describe(words, "subscriber " + std::to_string(i + 1),
                           fault_ == kPinMovesDown ? 2 : 1);
    }
  }
  std::vector<model::ThreadBody> threads() override {
    std::vector<model::ThreadBody> threads{{.name = "publisher", .body = [this] { publish(); }}};
    for (std::size_t i = 0; i < readers_.size(); ++i) {
      threads.push_back({.name = "subscriber " + std::to_string(i + 1),
                         .body = [this, i] { subscribe(readers_[i]); }});
    }
    return threads;
  }
  void reset() override {
    publisher_.emplace(ring_.view(), alone() ? 0 : 1);
    for (ModelReader& reader : readers_) {
      reader.renew(ring_.view());
      publisher_->add_member(reader.pins());
    }
  }

 private:
  [[nodiscard]] bool alone() const { return readers_.size() == 1; }
  void publish() {
    const std::uint64_t last = alone() ? 4 : 3;
    for (std::uint64_t sequence = alone() ? 1 : 2; sequence < last; ++sequence) {
      if (!publisher_->publish()) return;
    }
    publisher_->write();
  }
  void subscribe(ModelReader& reader) const {
    if (fault_ == kPinMovesDown) {
      move_a_pin(reader);
      return;
    }
    for (int takes = alone() ? 2 : 1; takes > 0; --takes) {
      const ring::TakeResult result = reader.take();
      if (result.state != ring::TakeState::Taken) return;
      ModelReader::check(result.message);
      tarn_pin_release(result.message.pin);
    }
  }
  static void move_a_pin(ModelReader& reader) {
    const ring::TakeResult result = reader.take_with(reader.pins().subspan(1));
    if (result.state != ring::TakeState::Taken) return;
    const std::uint32_t held = tarn_pin_read(&reader.pins()[1]);
    tarn_store_release_u32(&reader.pins()[0], held);
    tarn_pin_release(&reader.pins()[1]);
    ModelReader::check(result.message);
    tarn_pin_release(&reader.pins()[0]);
  }

  RingMemory ring_{{.depth = 1, .chunk_count = 2}};
  Fault fault_;
  std::vector<ModelReader> readers_;
  std::optional<ChunkPublisher> publisher_;
};

// One thread of the subscriber takes, another reads and releases, and the first one takes again.
class ReleasedElsewhereProgram : public model::Program {
 public:
  ReleasedElsewhereProgram() { begin_with_one(ring_); }

  void describe(model::WordMap& words) override {
    describe_ring(words, ring_.view());
    reader_.describe(words, "subscriber");
    words.name(&handed_over_, "handed over");
  }
  std::vector<model::ThreadBody> threads() override {
    return {{.name = "publisher", .body = [this] { publish(); }},
            {.name = "taker", .body = [this] { take(); }},
            {.name = "releaser", .body = [this] { release(); }}};
  }
  void reset() override {
    publisher_.emplace(ring_.view(), 1);
    reader_.renew(ring_.view());
    publisher_->add_member(reader_.pins());
  }

 private:
  void publish() {
    if (publisher_->publish()) publisher_->write();
  }
  void take() {
    const ring::TakeResult first = reader_.take();
    if (first.state != ring::TakeState::Taken) return;
    message_ = first.message;
    tarn_store_release_u32(&handed_over_, 1);
    const ring::TakeResult second = reader_.take();
    if (second.state == ring::TakeState::Taken) ModelReader::check(second.message);
  }
  void release() {
    if (tarn_load_acquire_u32(&handed_over_) == 0) return;
    ModelReader::check(message_);
    tarn_pin_release(message_.pin);
  }

  RingMemory ring_{{.depth = 1, .chunk_count = 2}};
  ModelReader reader_;
  ring::TakenMessage message_;
  std::uint32_t handed_over_ = 0;
  std::optional<ChunkPublisher> publisher_;
};

Model pins_of(std::size_t subscribers) {
  return {.name = subscribers == 1 ? "pin" : "pin, two subscribers",
          .claim = "a chunk is not written while a taken sample holds it",
          .make = [subscribers](
                      Fault fault) { return std::make_unique<PinProgram>(subscribers, fault); },
          .mutations = {
              {.what = "claim: full fence to acquire and release",
               .weakenings = {{"tarn_pin_claim", Weaker::HalfFence}}},
              {.what = "publish fence: full to acquire and release",
               .weakenings = {{"tarn_publish_fence", Weaker::HalfFence}}},
              {.what = "release of a pin: relaxed",
               .weakenings = {{"tarn_pin_release", Weaker::RelaxedStore}}},
              {.what = "scan of the pins: relaxed",
               .weakenings = {{"tarn_pin_read", Weaker::RelaxedLoad}}},
          }};
}

}  // namespace

Model pin_model() {
  Model model = pins_of(1);
  model.mutations.push_back(
      {.what = "a pin moves to a lower word", .weakenings = {}, .fault = kPinMovesDown});
  return model;
}

Model two_pins_model() { return pins_of(2); }

Model released_elsewhere_model() {
  return {.name = "pin released by another thread",
          .claim = "a pin word that is used again does not hide the reads before",
          .make = [](Fault) { return std::make_unique<ReleasedElsewhereProgram>(); },
          .mutations = {
              {.what = "search for a free pin: relaxed",
               .weakenings = {{"tarn_pin_read", Weaker::RelaxedLoad}}},
              {.what = "claim: relaxed store",
               .weakenings = {{"tarn_pin_claim", Weaker::RelaxedStore}}},
              {.what = "release of a pin: relaxed",
               .weakenings = {{"tarn_pin_release", Weaker::RelaxedStore}}},
          }};
}

}  // namespace tarn::test
