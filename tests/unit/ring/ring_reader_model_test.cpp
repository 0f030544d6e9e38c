// The reader against a model that says the same in a few plain lines: a ring keeps the last `depth`
// messages, a reader the last `keep_last` of them, and each message is counted exactly once.
#include <deque>
#include <random>

#include "tests/support/catch.hpp"
#include "tests/support/ring_publisher.hpp"
#include "tests/support/seed.hpp"

using tarn::ring::ReaderCounts;
using tarn::ring::ReaderStart;
using tarn::ring::TakenMessage;
using tarn::ring::TakeState;
using tarn::test::accounted;
using tarn::test::payload_holds;
using tarn::test::RingMemory;
using tarn::test::TestPublisher;
using tarn::test::TestReader;

namespace {

constexpr std::uint64_t kWrap = std::uint64_t{1} << 40;

struct Case {
  std::uint32_t depth = 1;
  std::uint32_t keep_last = 1;
  std::uint32_t held = 1;
  bool chunks = false;
  std::uint64_t before = 0;   // published before the first step
  std::uint64_t history = 0;  // what the reader asks for
};

class Model {
 public:
  Model(const Case& shape, ReaderStart start)
      : shape_(shape),
        start_(start),
        published_(shape.before),
        cursor_(start.from),
        counted_(start.from) {}

  struct Taken {
    TakeState state = TakeState::Empty;
    std::uint64_t sequence = 0;
    std::uint64_t lost_before = 0;
  };

  void publish() { ++published_; }

  Taken take(bool pin_is_free) {
    if (cursor_ > published_) return {};
    pass(std::max(cursor_, oldest()), counts_.overwritten);
    if (shape_.chunks && !pin_is_free) return {.state = TakeState::NoPin};
    Taken taken{.state = TakeState::Taken, .sequence = cursor_};
    if (cursor_ >= counted_) {
      taken.lost_before = lost_since_take_;
      lost_since_take_ = 0;
      ++(cursor_ < start_.first ? counts_.history_received : counts_.received);
    }
    counted_ = std::max(counted_, ++cursor_);
    return taken;
  }

  bool skip_to_newest() {
    if (published_ == 0) return false;
    skip_to(published_);
    return true;
  }
  void skip_all() { skip_to(std::max(cursor_, published_ + 1)); }

  [[nodiscard]] bool available() const { return cursor_ <= published_; }
  [[nodiscard]] std::uint64_t unread() const {
    const std::uint64_t from = std::max({cursor_, counted_, start_.first});
    return from <= published_ ? published_ + 1 - from : 0;
  }
  [[nodiscard]] const ReaderCounts& counts() const { return counts_; }
  [[nodiscard]] std::uint64_t since_start() const {
    return std::max({cursor_, counted_, start_.first}) - start_.first;
  }

 private:
  [[nodiscard]] std::uint64_t oldest() const {
    const std::uint64_t kept = std::min(shape_.depth, shape_.keep_last);
    return published_ < kept ? 1 : published_ - kept + 1;
  }

  void pass(std::uint64_t to, std::uint64_t& what) {
    for (; cursor_ < to; ++cursor_) {
      if (cursor_ < counted_) continue;
      if (cursor_ < start_.first) {
        if (&what == &counts_.overwritten) ++counts_.history_missed;
        continue;
      }
      ++what;
      if (&what == &counts_.overwritten) ++lost_since_take_;
    }
    counted_ = std::max(counted_, cursor_);
  }

  void skip_to(std::uint64_t sequence) {
    pass(sequence, counts_.skipped);
    cursor_ = sequence;
  }

  Case shape_;
  ReaderStart start_;
  std::uint64_t published_;
  std::uint64_t cursor_;
  std::uint64_t counted_;
  std::uint64_t lost_since_take_ = 0;
  ReaderCounts counts_;
};

bool same(const ReaderCounts& a, const ReaderCounts& b) {
  return a.received == b.received && a.overwritten == b.overwritten && a.corrupt == b.corrupt &&
         a.skipped == b.skipped && a.upstream == b.upstream &&
         a.history_received == b.history_received && a.history_missed == b.history_missed;
}

class Comparison {
 public:
  Comparison(const Case& shape, std::uint32_t seed)
      : shape_(shape),
        ring_({.depth = shape.depth,
               .chunk_count = shape.chunks ? shape.depth + shape.held + 1 : 0,
               .published = shape.before}),
        publisher_(ring_.view(), shape.before),
        start_(tarn::test::start_now(ring_.view(),
                                     std::min<std::uint64_t>(shape.history, shape.depth))),
        reader_(ring_.view(), start_, shape.keep_last, shape.held),
        model_(shape, start_),
        random_(seed) {
    publisher_.members().set(0, {.pins = reader_.pins()});
  }

  void step() {
    switch (std::uniform_int_distribution(0, 11)(random_)) {
      case 0:
      case 1:
        publish(1);
        break;
      case 2:
        publish(std::uniform_int_distribution<std::uint32_t>(1, 2 * shape_.depth)(random_));
        break;
      case 3:
        publish(shape_.depth);
        break;
      case 4:
        REQUIRE(reader_.reader().skip_to_newest() == model_.skip_to_newest());
        break;
      case 5:
        reader_.reader().skip_all();
        model_.skip_all();
        break;
      case 6:
        release();
        break;
      default:
        take();
        break;
    }
    check();
  }

 private:
  void publish(std::uint32_t count) {
    publisher_.publish(count);
    for (std::uint32_t i = 0; i < count; ++i) model_.publish();
  }

  void take() {
    const auto expected = model_.take(held_.size() < shape_.held);
    const auto taken = reader_.take();
    REQUIRE(taken.state == expected.state);
    if (taken.state != TakeState::Taken) return;
    REQUIRE(taken.message.sequence == expected.sequence);
    REQUIRE(taken.message.lost_before == expected.lost_before);
    // Memory prepared as published before holds empty messages.
    REQUIRE((taken.message.length_bytes != 0 || taken.message.sequence <= shape_.before));
    REQUIRE(payload_holds(taken.message));
    if (taken.message.pin != nullptr) held_.push_back(taken.message);
  }

  void release() {
    if (held_.empty()) return;
    REQUIRE(payload_holds(held_.front()));
    tarn_pin_release(held_.front().pin);
    held_.pop_front();
  }

  void check() {
    REQUIRE(same(reader_.counts(), model_.counts()));
    REQUIRE(accounted(reader_.counts()) == model_.since_start());
    REQUIRE(reader_.reader().available() == model_.available());
    REQUIRE(reader_.reader().unread() == model_.unread());
  }

  Case shape_;
  RingMemory ring_;
  TestPublisher publisher_;
  ReaderStart start_;
  TestReader reader_;
  Model model_;
  std::deque<TakenMessage> held_;
  std::mt19937 random_;
};

}  // namespace

TEST_CASE("a reader does what its model does, whatever happens", "[ring]") {
  std::mt19937 random(tarn::test::seed());
  const auto from_to = [&](std::uint32_t low, std::uint32_t high) {
    return std::uniform_int_distribution<std::uint32_t>(low, high)(random);
  };
  for (int round = 0; round < 300; ++round) {
    Case shape{.depth = from_to(1, 12),
               .held = from_to(1, 3),
               .chunks = from_to(0, 1) == 1,
               .before = std::uint64_t{from_to(0, 1)} * from_to(1, 20),
               .history = from_to(0, 12)};
    shape.keep_last = from_to(0, 1) == 1 ? shape.depth : from_to(1, shape.depth);
    // Memory prepared as published before holds inline messages, so chunks start from nothing.
    if (shape.chunks) shape.before = 0;
    if (from_to(0, 2) == 0 && !shape.chunks) shape.before = kWrap - from_to(1, 30);
    CAPTURE(shape.depth, shape.keep_last, shape.held, shape.chunks, shape.before, shape.history);
    Comparison comparison(shape, from_to(0, 0xFFFFFFFF));
    for (int i = 0; i < 300; ++i) comparison.step();
  }
}
