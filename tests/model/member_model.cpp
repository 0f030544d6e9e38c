// A member that the broker enters while the publisher is about to scan: DirectoryWriter::enter_member()
// and members_changed(), the answer to the new subscriber, its first take; and PublisherPort's loan() with
// sync_members() and reclaim().
#include "tests/model/model.hpp"
#include "tests/model/ring_model.hpp"

namespace tarn::test {

namespace {

using model::Weaker;

enum MemberFault : Fault {
  kVersionReadEarly = 1,  // before the commit and its fence
  kVersionRaisedFirst,    // before the entry is made
  kAnsweredFirst,         // the subscriber may begin before it is entered
};

class MemberProgram : public model::Program {
 public:
  explicit MemberProgram(Fault fault) : fault_(fault) { begin_with_one(ring_); }

  void describe(model::WordMap& words) override {
    describe_ring(words, ring_.view());
    reader_.describe(words, "subscriber");
    words.name(&version_, "members version");
    words.name(&member_, "member entry");
    words.name(&answer_, "answer");
  }
  std::vector<model::ThreadBody> threads() override {
    return {{.name = "publisher", .body = [this] { publish(); }},
            {.name = "broker", .body = [this] { enter(); }},
            {.name = "subscriber", .body = [this] { subscribe(); }}};
  }
  void reset() override {
    publisher_.emplace(ring_.view(), 1);
    reader_.renew(ring_.view());
    seen_ = 0;
  }

 private:
  void publish() {
    sync_members();  // an earlier wake or scan
    publisher_->publish();
    if (fault_ != kVersionReadEarly) sync_members();
    publisher_->write();
  }
  void sync_members() {
    const std::uint32_t version = tarn_load_acquire_u32(&version_);
    if (version == seen_) return;
    seen_ = version;
    if (tarn_load_acquire_u64(&member_) != 0) publisher_->add_member(reader_.pins());
  }

  void enter() {
    if (fault_ == kAnsweredFirst) answer();
    if (fault_ == kVersionRaisedFirst) members_changed();
    tarn_store_release_u64(&member_, 1);
    if (fault_ != kVersionRaisedFirst) members_changed();
    if (fault_ != kAnsweredFirst) answer();
  }
  void members_changed() { tarn_store_release_u32(&version_, 1); }
  // A reply over the socket: the kernel orders what it says.
  void answer() { tarn_store_release_u32(&answer_, 1); }

  void subscribe() {
    if (tarn_load_acquire_u32(&answer_) == 0) return;
    const ring::TakeResult result = reader_.take();
    if (result.state != ring::TakeState::Taken) return;
    ModelReader::check(result.message);
    tarn_pin_release(result.message.pin);
  }

  RingMemory ring_{{.depth = 1, .chunk_count = 2}};
  Fault fault_;
  ModelReader reader_;
  std::uint32_t version_ = 0;
  std::uint64_t member_ = 0;
  std::uint32_t answer_ = 0;
  std::uint32_t seen_ = 0;
  std::optional<ChunkPublisher> publisher_;
};

}  // namespace

Model member_model() {
  return {.name = "member added during a scan",
          .claim = "a scan sees every member that can hold a pin",
          .make = [](Fault fault) { return std::make_unique<MemberProgram>(fault); },
          .mutations = {
              {.what = "version read before the publish fence",
               .weakenings = {},
               .fault = kVersionReadEarly},
              {.what = "version raised before the entry is made",
               .weakenings = {},
               .fault = kVersionRaisedFirst},
              {.what = "subscriber answered before it is entered",
               .weakenings = {},
               .fault = kAnsweredFirst},
              {.what = "version raised: relaxed",
               .weakenings = {{"members_changed", Weaker::RelaxedStore}}},
              {.what = "look at the version: relaxed",
               .weakenings = {{"sync_members", Weaker::RelaxedLoad}}},
          }};
}

}  // namespace tarn::test
