#include "middleware/broker/orphans.hpp"

#include <algorithm>

#include "middleware/ring/protocol.h"
#include "middleware/ring/ring_view.hpp"

namespace tarn::broker {

void Orphans::orphan(std::uint32_t ring) {
  const auto& record = books_.directory.at<RingRecordLayout>(ring);
  const std::uint32_t topic = record.topic;
  auto* const header = directory::view_of(record, books_.view()).header;
  tarn_tail_publish(&header->tail, newest(ring));
  const bool died = owner_died(ring);
  // order(ring.closed): release. Comes after every commit; pairs with the look of readers.
  tarn_store_release_u32(&header->closed, died ? ring::kRingOwnerDied : ring::kRingClosed);
  books_.directory.set_state<RingRecordLayout>(ring, RecordState::Orphan);
  count_end(ring, died ? directory::PeerEnd::Died : directory::PeerEnd::Closed);
  // Whoever the publisher did not live to wake is woken here: all of them, asked or not.
  topics_.rings_changed(topic);
  memberships_.kick(ring);
  finish(ring);
  publish_usage();
}

// Who closed its ring, and died before it could say so, closed it.
bool Orphans::owner_died(std::uint32_t ring) const noexcept {
  const auto& record = books_.directory.at<RingRecordLayout>(ring);
  // relaxed: only what it says counts, not what came before it.
  const std::uint32_t closed =
      tarn_load_relaxed_u32(&directory::view_of(record, books_.view()).header->closed);
  if (closed == ring::kRingClosed || closed == ring::kRingOwnerDied) {
    return closed == ring::kRingOwnerDied;
  }
  return books_.directory.state<ClientRecordLayout>(record.client) == RecordState::Reaping;
}

void Orphans::count_end(std::uint32_t ring, directory::PeerEnd how) noexcept {
  auto& record = books_.directory.at<RingRecordLayout>(ring);
  directory::count_end(books_.directory.at<TopicRecordLayout>(record.topic).publisher_totals, how);
  directory::set_count(record.flags, record.flags | directory::kRingEndCounted);
}

void Orphans::keep_within_limit(std::uint32_t topic) {
  while (count(topic) > books_.directory.at<TopicRecordLayout>(topic).orphans) {
    if (const auto ring = oldest(topic, [this](std::uint32_t of) { return drained(of); })) {
      force(*ring);
    } else if (!force_oldest(topic)) {
      break;
    }
  }
}

std::uint64_t Orphans::newest(std::uint32_t ring) const noexcept {
  return ring::newest_committed(
      directory::view_of(books_.directory.at<RingRecordLayout>(ring), books_.view()));
}

Orphans::Readers Orphans::readers(std::uint32_t ring) const noexcept {
  const auto& record = books_.directory.at<RingRecordLayout>(ring);
  auto found = Readers::None;
  for (std::uint32_t place = 0; place < record.members_capacity; ++place) {
    const auto subscriber = memberships_.subscriber_at(ring, place);
    if (!subscriber) continue;
    const JoinState join = memberships_.join_state(ring, place);
    if (join == JoinState::Reading) return Readers::Joined;
    if (join == JoinState::NotYet && may_begin(*subscriber)) found = Readers::Unjoined;
  }
  return found;
}

bool Orphans::may_begin(std::uint32_t subscriber) const noexcept {
  return books_.directory.state<SubscriberRecordLayout>(subscriber) == RecordState::Active;
}

// Joins first, pins then: a reader sets no pin after it has left.
bool Orphans::pinned(std::uint32_t ring) const noexcept {
  const auto& record = books_.directory.at<RingRecordLayout>(ring);
  return record.chunk_count > 0 && subscribers_.any_pin_in(record.gid_base, record.chunk_count);
}

bool Orphans::reclaim() {
  bool freed = false;
  for (std::uint32_t ring = 0; ring < books_.geometry().rings.count; ++ring) {
    const RecordState state = books_.directory.state<RingRecordLayout>(ring);
    if (state != RecordState::Orphan && state != RecordState::Retiring) continue;
    freed = finish(ring) || freed;
  }
  return freed;
}

bool Orphans::finish(std::uint32_t ring) {
  if (books_.directory.state<RingRecordLayout>(ring) == RecordState::Orphan) {
    const Readers now = readers(ring);
    if (now == Readers::Joined || (now == Readers::Unjoined && newest(ring) > 0)) return false;
    if (pinned(ring)) return false;
    begin_retiring(ring);
  }
  if (readers(ring) == Readers::Joined || pinned(ring)) return false;
  release(ring);
  return true;
}

void Orphans::begin_retiring(std::uint32_t ring) {
  books_.directory.set_state<RingRecordLayout>(ring, RecordState::Retiring);
  // order(ring.join, directory.area): full fence. Pairs with tarn_cursor_announce: either the joins read
  // from here on show a reader, or that reader finds the ring retiring and leaves. Weaker, the ring's
  // memory could be given away under somebody who starts to read it. Pairs with still_there() too: who
  // read what the area holds for its next owner finds the ring retiring.
  tarn_fence_full();
}

// Who has begun to read counts what it missed itself; who has not cannot know of it. The mark says whose
// count is under way and what it was, for the broker that comes after this one.
void Orphans::count_unread(std::uint32_t ring, std::uint32_t place) noexcept {
  auto& record = books_.directory.at<RingRecordLayout>(ring);
  const auto subscriber = memberships_.subscriber_at(ring, place);
  if (!subscriber || !may_begin(*subscriber)) return;
  // Who shows up reading only now came after the ring was seen retiring, and goes without counting.
  if (memberships_.join_state(ring, place) == JoinState::Left) return;
  auto& reader = books_.directory.at<SubscriberRecordLayout>(*subscriber);
  // Who was there before the ring is owed it from its first message; others start at its end.
  if (record.ring_generation <= reader.first_ring_generation) return;
  // In this order: a broker that is killed in between leaves no mark without what the count was, and no sum
  // without a mark.
  directory::set_count(record.gone_before, reader.publisher_gone);
  directory::set_count(record.gone_place, place + 1);
  directory::set_count(reader.publisher_gone, record.gone_before + newest(ring));
}

// Stores the sum once more, however far its former got, and takes the entry away: what others count for the
// same subscriber from here on must not be lost to a broker that comes here again.
void Orphans::complete_counts() {
  for (std::uint32_t ring = 0; ring < books_.geometry().rings.count; ++ring) {
    const auto& record = books_.directory.at<RingRecordLayout>(ring);
    if (books_.directory.state<RingRecordLayout>(ring) != RecordState::Retiring) continue;
    if (record.gone_place == 0 || record.gone_place > record.members_capacity) continue;
    const auto subscriber = memberships_.subscriber_at(ring, record.gone_place - 1);
    if (!subscriber) continue;
    directory::set_count(books_.directory.at<SubscriberRecordLayout>(*subscriber).publisher_gone,
                         record.gone_before + newest(ring));
    memberships_.clear(ring, record.gone_place - 1);
  }
}

// An entry goes as soon as it is counted: the mark has room for one.
void Orphans::release(std::uint32_t ring) {
  const RingRecordLayout record = books_.directory.at<RingRecordLayout>(ring);
  for (std::uint32_t place = 0; place < record.members_capacity; ++place) {
    count_unread(ring, place);
    if (memberships_.subscriber_at(ring, place)) memberships_.clear(ring, place);
  }
  books_.members.free(record.members_first, record.members_capacity);
  areas_.free(record.area_offset, record.area_bytes);
  books_.directory.free<RingRecordLayout>(ring);
  topics_.rings_changed(record.topic);
  topics_.release_if_unused(record.topic);
  publish_usage();
}

std::uint32_t Orphans::count(std::uint32_t topic) const noexcept {
  std::uint32_t orphans = 0;
  for (std::uint32_t ring = 0; ring < books_.geometry().rings.count; ++ring) {
    if (books_.directory.state<RingRecordLayout>(ring) != RecordState::Orphan) continue;
    if (books_.directory.at<RingRecordLayout>(ring).topic == topic) ++orphans;
  }
  return orphans;
}

bool Orphans::has_unread(std::uint32_t ring, std::uint32_t place,
                         std::uint64_t last) const noexcept {
  if (memberships_.wants(ring, place) > last) return false;
  const auto own = memberships_.own_ring(ring, place);
  const auto begun = own ? own->beginning() : ring::OwnRing::Beginning{};
  if (begun.base == ring::kNotBegun) return true;
  // What follows the last message that it was given was refused, and is no reason to wait.
  const std::uint64_t wants = memberships_.wants_of_own(ring, place);
  return wants < begun.first || begun.base + (wants - begun.first) + own->refused() <= last;
}

bool Orphans::drained(std::uint32_t ring) const noexcept {
  const std::uint64_t last = newest(ring);
  const auto& record = books_.directory.at<RingRecordLayout>(ring);
  for (std::uint32_t place = 0; place < record.members_capacity; ++place) {
    const auto subscriber = memberships_.subscriber_at(ring, place);
    if (subscriber && may_begin(*subscriber) && has_unread(ring, place, last)) return false;
  }
  return true;
}

template <typename Predicate>
std::optional<std::uint32_t> Orphans::oldest(std::uint32_t topic, Predicate is_wanted) const {
  std::optional<std::uint32_t> found;
  std::uint32_t lowest = 0;
  for (std::uint32_t ring = 0; ring < books_.geometry().rings.count; ++ring) {
    if (books_.directory.state<RingRecordLayout>(ring) != RecordState::Orphan) continue;
    const auto& record = books_.directory.at<RingRecordLayout>(ring);
    if (record.topic != topic || (found && record.ring_generation > lowest)) continue;
    if (pinned(ring) || !is_wanted(ring)) continue;
    found = ring;
    lowest = record.ring_generation;
  }
  return found;
}

void Orphans::force(std::uint32_t ring) {
  const std::uint32_t topic = books_.directory.at<RingRecordLayout>(ring).topic;
  begin_retiring(ring);
  if (finish(ring)) return;
  topics_.rings_changed(topic);
  memberships_.kick(ring);
}

bool Orphans::force_oldest(std::uint32_t topic) {
  auto ring = oldest(topic, [this](std::uint32_t of) { return readers(of) != Readers::Joined; });
  if (!ring) ring = oldest(topic, [](std::uint32_t) { return true; });
  if (ring) force(*ring);
  return ring.has_value();
}

bool Orphans::any() const noexcept {
  for (std::uint32_t ring = 0; ring < books_.geometry().rings.count; ++ring) {
    const RecordState state = books_.directory.state<RingRecordLayout>(ring);
    if (state == RecordState::Orphan || state == RecordState::Retiring) return true;
  }
  return false;
}

void Orphans::publish_usage() noexcept {
  std::uint64_t bytes = 0;
  for (std::uint32_t ring = 0; ring < books_.geometry().rings.count; ++ring) {
    const RecordState state = books_.directory.state<RingRecordLayout>(ring);
    if (state != RecordState::Orphan && state != RecordState::Retiring) continue;
    bytes += books_.directory.at<RingRecordLayout>(ring).area_bytes;
  }
  directory::set_count(books_.header().orphan_bytes, bytes);
  directory::set_count(books_.header().area_bytes_used, areas_.used_bytes());
  directory::set_count(books_.header().planned_bytes, areas_.planned_bytes());
}

}  // namespace tarn::broker
