#include "middleware/broker/memberships.hpp"

#include <algorithm>

#include <tarn/detail/assert.hpp>

#include "middleware/directory/peer_totals.hpp"
#include "middleware/directory/record_checks.hpp"
#include "middleware/ring/protocol.h"
#include "middleware/ring/ring_layout.hpp"

namespace tarn::broker {

MemberEntryLayout& Memberships::entry(std::uint32_t ring, std::uint32_t place) const noexcept {
  const auto& record = books_.directory.at<RingRecordLayout>(ring);
  return books_.directory.at<MemberEntryLayout>(record.members_first + place);
}

std::optional<std::uint32_t> Memberships::take_join_line(std::uint32_t subscriber) {
  const auto parked = std::find_if(parked_.begin(), parked_.end(), [&](const ParkedLine& line) {
    return line.subscriber == subscriber;
  });
  if (parked != parked_.end()) {
    const std::uint32_t line = parked->line;
    parked_.erase(parked);
    return line;
  }
  const auto& record = books_.directory.at<SubscriberRecordLayout>(subscriber);
  const std::uint32_t has = lines_[subscriber];
  const bool beyond = beyond_promise(record.topic, has + 1) > beyond_promise(record.topic, has);
  if (beyond && all_beyond_promise() >= shares_.rest().joins) return std::nullopt;
  const auto line = books_.grant_lines(record.client, LineKind::Join, 1);
  if (line) ++lines_[subscriber];
  return line;
}

void Memberships::return_line(std::uint32_t line, std::uint32_t subscriber) {
  books_.return_lines(line, 1);
  --lines_[subscriber];
}

std::uint64_t Memberships::beyond_promise(std::uint32_t topic, std::uint32_t lines) const noexcept {
  const auto& record = books_.directory.at<TopicRecordLayout>(topic);
  const std::uint64_t has = std::max(lines, plan::kLeastJoins);
  if ((record.flags & directory::kTopicListed) == 0) return has;
  const std::uint64_t promised =
      std::max<std::uint64_t>(plan::kLeastJoins, std::uint64_t{record.publishers} + record.orphans);
  return has - std::min(has, promised);
}

std::uint64_t Memberships::all_beyond_promise() const noexcept {
  std::uint64_t beyond = std::uint64_t{plan::kLeastJoins} * shares_.waiters_alone();
  for (std::uint32_t i = 0; i < lines_.size(); ++i) {
    if (!is_in_use(books_.directory.state<SubscriberRecordLayout>(i))) continue;
    beyond += beyond_promise(books_.directory.at<SubscriberRecordLayout>(i).topic, lines_[i]);
  }
  return beyond;
}

bool Memberships::may_subscribe(std::uint32_t topic) const noexcept {
  const std::uint64_t needs = beyond_promise(topic, 0);
  return needs == 0 || all_beyond_promise() + needs <= shares_.rest().joins;
}

bool Memberships::may_wait() const noexcept {
  return all_beyond_promise() + plan::kLeastJoins <= shares_.rest().joins;
}

bool Memberships::enter(std::uint32_t ring, std::uint32_t subscriber) {
  const std::uint32_t capacity = books_.directory.at<RingRecordLayout>(ring).members_capacity;
  std::uint32_t place = 0;
  while (place < capacity && subscriber_at(ring, place)) ++place;
  TARN_ASSERT(place < capacity);
  const auto line = take_join_line(subscriber);
  if (!line) return false;
  const auto& record = books_.directory.at<SubscriberRecordLayout>(subscriber);
  books_.directory.enter_member(books_.directory.at<RingRecordLayout>(ring).members_first + place,
                                {.subscriber = subscriber,
                                 .reliable = (record.flags & directory::kSubscriberReliable) != 0,
                                 .join_line = *line,
                                 .waiter = record.waiter});
  directory::count_came(books_.directory.at<RingRecordLayout>(ring).subscriber_totals);
  return true;
}

void Memberships::clear(std::uint32_t ring, std::uint32_t place) {
  const auto& fields = entry(ring, place);
  const std::uint32_t line = fields.join_line;
  const std::uint32_t subscriber = directory::member_subscriber(fields.member);
  const JoinState join = join_state(ring, place);
  const bool left = join == JoinState::Left || join == JoinState::NeverRead;
  books_.directory.clear_member(books_.directory.at<RingRecordLayout>(ring).members_first + place);
  if (left) {
    return_line(line, subscriber);
  } else {
    parked_.push_back({.line = line, .subscriber = subscriber});
  }
}

void Memberships::members_changed(std::uint32_t ring) noexcept {
  books_.directory.members_changed(ring);
  books_.directory.kick_publisher(ring);
}

std::optional<std::uint32_t> Memberships::subscriber_at(std::uint32_t ring,
                                                        std::uint32_t place) const noexcept {
  const std::uint64_t word = entry(ring, place).member;
  if (!directory::member_active(word)) return std::nullopt;
  return directory::member_subscriber(word);
}

std::optional<std::uint32_t> Memberships::find(std::uint32_t ring,
                                               std::uint32_t subscriber) const noexcept {
  const std::uint32_t capacity = books_.directory.at<RingRecordLayout>(ring).members_capacity;
  for (std::uint32_t place = 0; place < capacity; ++place) {
    if (subscriber_at(ring, place) == subscriber) return place;
  }
  return std::nullopt;
}

Memberships::Join Memberships::join_of(std::uint32_t ring, std::uint32_t place) const noexcept {
  const auto* line = books_.view().line<ring::JoinLayout>(entry(ring, place).join_line);
  // order(ring.join): acquire. Pairs with the join that names the ring before it announces a cursor.
  // The name is read first: had the cursor been, it could be where a former join of this line ended.
  const std::uint64_t name = tarn_load_acquire_u64(&line->ring_name);
  const std::uint64_t cursor = tarn_cursor_read(&line->cursor);
  const auto& record = books_.directory.at<RingRecordLayout>(ring);
  if (name != ring::ring_name(ring, record.ring_generation)) return {JoinState::NotYet, cursor};
  if (cursor == ring::kNeverRead) return {JoinState::NeverRead, cursor};
  return {cursor == ring::kLeft ? JoinState::Left : JoinState::Reading, cursor};
}

JoinState Memberships::join_state(std::uint32_t ring, std::uint32_t place) const noexcept {
  return join_of(ring, place).state;
}

std::uint64_t Memberships::wants(std::uint32_t ring, std::uint32_t place) const noexcept {
  const Join join = join_of(ring, place);
  if (join.state == JoinState::NotYet) return 1;
  if (join.state != JoinState::Reading) return ring::kLeft;
  // One that is joining names the ring and is about to say where it begins.
  return join.cursor == ring::kJoining ? 1 : join.cursor;
}

std::optional<ring::OwnRing> Memberships::own_ring(std::uint32_t ring,
                                                   std::uint32_t place) const noexcept {
  const auto& record = books_.directory.at<RingRecordLayout>(ring);
  const auto own = directory::private_ring_of(record, place, books_.view());
  if (!own) return std::nullopt;
  return ring::OwnRing{.ring = *own, .member = entry(ring, place).member};
}

std::uint64_t Memberships::wants_of_own(std::uint32_t ring, std::uint32_t place) const noexcept {
  if (join_state(ring, place) != JoinState::Reading) return 0;
  const auto* line = books_.view().line<ring::JoinLayout>(entry(ring, place).join_line);
  return tarn_cursor_read(&line->private_cursor);
}

void Memberships::wipe(std::uint32_t ring, std::uint32_t place) noexcept {
  auto* const line = books_.view().line<ring::JoinLayout>(entry(ring, place).join_line);
  tarn_cursor_publish(&line->cursor, ring::kJoining);
  // relaxed: its owner is dead, and the entry goes before the line is granted again.
  tarn_store_relaxed_u64(&line->ring_name, 0);
}

void Memberships::kick(std::uint32_t ring) noexcept {
  const std::uint32_t capacity = books_.directory.at<RingRecordLayout>(ring).members_capacity;
  for (std::uint32_t place = 0; place < capacity; ++place) {
    if (subscriber_at(ring, place)) books_.directory.kick_waiter(entry(ring, place).waiter);
  }
  books_.directory.kick_ring(ring);
}

void Memberships::forget_subscriber(std::uint32_t subscriber) {
  for (const ParkedLine& parked : parked_) {
    if (parked.subscriber == subscriber) return_line(parked.line, subscriber);
  }
  std::erase_if(parked_, [&](const ParkedLine& parked) { return parked.subscriber == subscriber; });
}

}  // namespace tarn::broker
