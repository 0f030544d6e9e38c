#include "middleware/port/observed_topic.hpp"

#include <algorithm>
#include <utility>

#include "middleware/directory/directory_reader.hpp"
#include "middleware/directory/topic_detail.hpp"
#include "middleware/ring/protocol.h"

namespace tarn::port {

namespace {

// The largest payload that a ring can carry by its geometry, whatever its publisher says.
std::uint32_t payload_room(const ring::RingView& ring) noexcept {
  return ring.chunk_count == 0
             ? ring::inline_capacity_bytes(ring.slot_bytes)
             : std::max(ring.chunk_bytes, ring::inline_capacity_bytes(ring.slot_bytes));
}

std::string publisher_of(const pool::PoolView& pool, const directory::RingFacts& facts) {
  const auto record =
      directory::DirectoryReader(pool).read<directory::RingRecordLayout>(facts.index);
  return record ? std::string(directory::text_in(record->publisher_name)) : std::string();
}

}  // namespace

ObservedTopic::ObservedTopic(const pool::PoolView& pool, std::string name, std::uint32_t history)
    : pool_(pool),
      name_(std::move(name)),
      history_(history),
      // relaxed: a ring made meanwhile is new or old, as it comes.
      begun_at_(tarn_load_relaxed_u32(&pool_.header().ring_generation)),
      join_(std::make_unique<ring::JoinLayout>()) {
  follow_topic();
}

// The topic's record goes with its last user, and another may have its place.
void ObservedTopic::follow_topic() {
  const directory::DirectoryReader directory(pool_);
  if (topic_) {
    const auto record = directory.read<directory::TopicRecordLayout>(topic_->index);
    const bool same = record && directory::record_generation(record->state) == topic_->generation;
    if (!same) {
      while (!rings_.empty()) forget(rings_.size() - 1);
      topic_.reset();
    }
  }
  if (!topic_ && !find_topic()) return;
  if (directory.topic_version(topic_->index) != topic_->version) follow_rings();
}

bool ObservedTopic::find_topic() {
  const directory::DirectoryReader directory(pool_);
  const auto index = directory.find_topic(name_);
  const auto record = index ? directory.read<directory::TopicRecordLayout>(*index) : std::nullopt;
  if (!record || directory::text_in(record->name) != name_) return false;
  auto type = directory::read_topic_type(pool_, *index);
  if (!type) return false;
  type_ = std::move(*type);
  // A version that the topic has not: the first look is still to come.
  topic_ = Topic{.index = *index,
                 .generation = directory::record_generation(record->state),
                 .version = directory.topic_version(*index) - 1};
  return true;
}

// A change that comes while this runs raises the version again.
void ObservedTopic::follow_rings() {
  topic_->version = directory::DirectoryReader(pool_).topic_version(topic_->index);
  for (std::size_t position = rings_.size(); position > 0; --position) {
    if (!directory::still_there(pool_, rings_[position - 1].facts)) forget(position - 1);
  }
  for (std::uint32_t index = 0; index < pool_.geometry().rings.count; ++index) {
    const auto facts = directory::read_ring(pool_, index);
    if (!facts || facts->topic != topic_->index) continue;
    if (facts->record_state() != directory::RecordState::Retiring) follow(*facts);
  }
}

void ObservedTopic::follow(const directory::RingFacts& facts) {
  const bool known = std::any_of(rings_.begin(), rings_.end(), [&](const ReadRing& ring) {
    return ring.facts.index == facts.index && ring.facts.ring_generation == facts.ring_generation;
  });
  if (known) return;
  std::uint64_t from = 1;
  if (facts.ring_generation <= begun_at_) {
    const std::uint64_t newest = ring::newest_sequence(facts.view);
    const std::uint64_t oldest = newest - std::min<std::uint64_t>(newest, facts.view.depth);
    from = std::max(oldest, newest - std::min<std::uint64_t>(newest, history_)) + 1;
  }
  rings_.push_back(
      {.facts = facts,
       .reader = {facts.view, join_.get(), {.first = from, .from = from}, facts.view.depth},
       .publisher = publisher_of(pool_, facts),
       .counted = {}});
  const std::size_t lines = (payload_room(facts.view) + sizeof(Line) - 1) / sizeof(Line);
  if (lines > buffer_.size()) buffer_.resize(lines);
}

void ObservedTopic::forget(std::size_t position) {
  rings_.erase(rings_.begin() + static_cast<std::ptrdiff_t>(position));
  if (position < next_) --next_;
}

std::span<std::byte> ObservedTopic::buffer() noexcept {
  return std::as_writable_bytes(std::span(buffer_));
}

void ObservedTopic::count(ReadRing& ring) noexcept {
  const ring::ReaderCounts& now = ring.reader.counts();
  counts_.received += now.received - ring.counted.received;
  counts_.missed += now.overwritten - ring.counted.overwritten;
  counts_.corrupt += now.corrupt - ring.counted.corrupt;
  counts_.torn += now.torn - ring.counted.torn;
  ring.counted = now;
}

std::optional<ObservedMessage> ObservedTopic::try_next() {
  follow_topic();
  for (std::size_t looks = rings_.size(); looks > 0; --looks) {
    if (next_ >= rings_.size()) next_ = 0;
    ReadRing& ring = rings_[next_];
    const ring::TakeResult result = ring.reader.copy(buffer());
    // Of the copy, the counts and the loss nothing is true if the ring's memory was given away.
    if (!directory::still_there(pool_, ring.facts)) {
      forget(next_);
      continue;
    }
    count(ring);
    ++next_;
    if (result.state != ring::TakeState::Taken) continue;
    return ObservedMessage{.payload = {result.message.data, result.message.length_bytes},
                           .sequence = result.message.sequence,
                           .stamp_ns = result.message.stamp_ns,
                           .lost_before = result.message.lost_before,
                           .publisher = {.origin_node = ring.facts.origin_node,
                                         .ring = ring.facts.index,
                                         .generation = ring.facts.ring_generation},
                           .publisher_name = ring.publisher};
  }
  return std::nullopt;
}

}  // namespace tarn::port
