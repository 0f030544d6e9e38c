// A reader that begins on an orphaned ring against the broker that takes the ring's memory back:
// SubscriberPort::join() and forget() on one side, Orphans::begin_retiring(), finish() and count_unread()
// with Memberships::join_state() on the other.
#include "tests/model/model.hpp"
#include "tests/model/ring_model.hpp"

namespace tarn::test {

namespace {

using model::Weaker;

// Who seems to read, though it came too late, is left out of the count.
constexpr Fault kLeavesOutLate = 1;
constexpr std::uint64_t kFormerRing = 7;
constexpr std::uint64_t kThisRing = 8;
constexpr int kLooks = 2;

enum State : std::uint64_t { kOrphan = 1, kRetiring, kFree };
enum class JoinState { NotYet, Reading, Left, NeverRead };

class RetireProgram : public model::Program {
 public:
  explicit RetireProgram(Fault fault) : fault_(fault) {
    // The line was used before, for a ring that its reader came too late for.
    join_.ring_name = kFormerRing;
    join_.cursor = ring::kNeverRead;
  }

  void describe(model::WordMap& words) override {
    words.name(&state_, "ring state");
    words.name(&join_.ring_name, "joined ring");
    words.name(&join_.cursor, "cursor");
    words.name(&memory_, "memory of the ring");
  }
  std::vector<model::ThreadBody> threads() override {
    return {{.name = "broker", .body = [this] { retire(); }},
            {.name = "reader", .body = [this] { read(); }}};
  }
  void reset() override { has_read_ = counted_by_broker_ = released_ = false; }
  void finish() override {
    if (released_) {
      model::expect(has_read_ != counted_by_broker_, "what was lost is counted, and once");
    }
  }

 private:
  void retire() {
    begin_retiring();
    for (int look = 0; look < kLooks; ++look) {
      if (join_state() != JoinState::Reading) {
        release();
        return;
      }
    }
  }
  void begin_retiring() {
    tarn_store_release_u64(&state_, kRetiring);
    tarn_fence_full();
  }
  void release() {
    const JoinState join = join_state();
    counted_by_broker_ = join != JoinState::Left;
    if (fault_ == kLeavesOutLate && join == JoinState::Reading) counted_by_broker_ = false;
    released_ = true;
    model::plain_write(&memory_, 1);  // by the ring that lies there next
    tarn_store_release_u64(&state_, kFree);
  }
  [[nodiscard]] JoinState join_state() const {
    const std::uint64_t name = tarn_load_acquire_u64(&join_.ring_name);
    const std::uint64_t cursor = tarn_cursor_read(&join_.cursor);
    if (name != kThisRing) return JoinState::NotYet;
    if (cursor == ring::kNeverRead) return JoinState::NeverRead;
    return cursor == ring::kLeft ? JoinState::Left : JoinState::Reading;
  }

  void read() {
    if (tarn_load_acquire_u64(&state_) != kOrphan) return;
    tarn_store_relaxed_u64(&join_.ring_name, kThisRing);
    tarn_cursor_announce(&join_.cursor, 1);
    if (tarn_load_acquire_u64(&state_) != kOrphan) {
      tarn_cursor_publish(&join_.cursor, ring::kNeverRead);
      return;
    }
    has_read_ = true;
    model::expect(model::plain_read(&memory_) == 0, "a ring that is read is not used again");
    tarn_cursor_publish(&join_.cursor, ring::kLeft);
  }

  Fault fault_;
  std::uint64_t state_ = kOrphan;
  ring::JoinLayout join_{};
  std::uint64_t memory_ = 0;
  bool has_read_ = false;
  bool counted_by_broker_ = false;
  bool released_ = false;
};

}  // namespace

Model retire_model() {
  return {
      .name = "join and retire",
      .claim = "memory of a ring is not used again while somebody reads it",
      .make = [](Fault fault) { return std::make_unique<RetireProgram>(fault); },
      .mutations = {
          {.what = "announcement: full fence to acquire and release",
           .weakenings = {{"tarn_cursor_announce", Weaker::HalfFence}}},
          {.what = "fence of the broker: full to acquire and release",
           .weakenings = {{"begin_retiring", Weaker::HalfFence}}},
          {.what = "the reader leaves: relaxed",
           .weakenings = {{"tarn_cursor_publish", Weaker::RelaxedStore}}},
          {.what = "look at the cursor: relaxed",
           .weakenings = {{"tarn_cursor_read", Weaker::RelaxedLoad}}},
          {.what = "who comes too late is not counted", .weakenings = {}, .fault = kLeavesOutLate},
      }};
}

}  // namespace tarn::test
