// How a subscription follows the rings of its topic: joins those that come, leaves those that go.
#include <algorithm>

#include "middleware/port/lines.hpp"
#include "middleware/port/subscriber_port.hpp"
#include "middleware/port/subscription_counts.hpp"
#include "middleware/ring/protocol.h"
#include "platform/shortage.hpp"

namespace tarn::port {

namespace {

std::optional<ring::OwnRing> own_ring_of(const directory::RingFacts& facts,
                                         const directory::MemberFacts& member) noexcept {
  if (facts.private_rings == nullptr) return std::nullopt;
  return ring::OwnRing{.ring = ring::private_ring(facts.view, facts.private_rings, member.place),
                       .member = member.word};
}

}  // namespace

std::size_t SubscriberPort::position_of(const directory::RingFacts& facts) const noexcept {
  const auto known = std::find_if(rings_.begin(), rings_.end(), [&](const JoinedRing& joined) {
    return joined.publisher.ring == facts.index &&
           joined.publisher.generation == facts.ring_generation;
  });
  return static_cast<std::size_t>(known - rings_.begin());
}

// Follows the topic's rings. A change that comes while this runs raises the version again.
void SubscriberPort::sync_rings() noexcept {
  // order(directory.topic): acquire, as in topic_changed().
  version_seen_ = tarn_load_acquire_u32(&places_.topic->version);
  const std::uint32_t topic = places_.said.topic;
  for (std::uint32_t index = 0; index < pool_.geometry().rings.count; ++index) {
    const auto facts = directory::read_ring(pool_, index);
    if (facts && facts->topic == topic) follow(*facts);
  }
  saw_pool_gone_ = pool_gone();
  interrupted_ = is_new_broker() || saw_pool_gone_ || interrupted_;
  store_counters();
}

void SubscriberPort::follow(const directory::RingFacts& facts) noexcept {
  const std::size_t position = position_of(facts);
  const bool known = position < rings_.size();
  switch (facts.record_state()) {
    case directory::RecordState::Active:
      if (!known) join(facts);
      break;
    case directory::RecordState::Orphan:
      if (!known) join(facts);
      if (const std::size_t joined = position_of(facts); joined < rings_.size()) {
        rings_[joined].ending = true;
      }
      break;
    case directory::RecordState::Retiring:
      if (known) {
        give_up(rings_[position]);
        forget(position);
      }
      break;
    default:
      break;
  }
}

void SubscriberPort::join(const directory::RingFacts& facts) noexcept {
  const auto member = directory::find_member(pool_, facts, places_.subscriber);
  if (!member) return;
  auto* line = pool_.line<ring::JoinLayout>(member->join_line);
  if (line == nullptr || member->place >= ring::kSummaryWords * 64) return;
  const std::uint64_t name = ring::ring_name(facts.index, facts.ring_generation);
  // relaxed: only this process writes the line.
  if (tarn_load_relaxed_u64(&line->ring_name) == name) return;  // left before
  if (!make_line_writable(*mapping_, member->join_line, places_.said.client)) {
    // The kernel is short of memory: the next take tries again, and a wait is no endless row of tries.
    --version_seen_;
    join_refused_ = true;
    platform::wait_out_shortage();
    return;
  }

  const auto own = own_ring_of(facts, *member);
  ring::ReaderStart start = start_in(facts, own);
  start.reliable = member->reliable();
  // A line that served another ring ends there before it names this one.
  tarn_cursor_publish(&line->cursor, ring::kJoining);
  tarn_cursor_publish(&line->private_cursor, 0);
  // order(ring.join): release. Pairs with those who read name and cursor, the publisher's gate and the
  // broker: who sees the name sees no cursor from before it. Weaker, where the line's former ring ended
  // could pass for what this one's reader has taken.
  tarn_store_release_u64(&line->ring_name, name);
  tarn_cursor_announce(&line->cursor, start.first);
  if (start.reliable) {
    // The publisher may have gone on before it could see this cursor; from the second look on it has to
    // wait for us.
    const ring::ReaderStart second = start_in(facts, own);
    start.first = second.first;
    start.from = second.from;
    tarn_cursor_publish(&line->cursor, start.first);
  }
  // The broker retires a ring in two steps: the state, then a look at this line. One of both sees it.
  // What is lost by coming too late is the broker's to count.
  const auto now = directory::read_ring(pool_, facts.index);
  if (!now || now->ring_generation != facts.ring_generation ||
      now->record_state() == directory::RecordState::Retiring) {
    tarn_cursor_publish(&line->cursor, ring::kNeverRead);
    return;
  }
  add_ring(facts, *member, line, start);
}

void SubscriberPort::add_ring(const directory::RingFacts& facts,
                              const directory::MemberFacts& member, ring::JoinLayout* line,
                              const ring::ReaderStart& start) noexcept {
  const auto& geometry = pool_.geometry();
  auto* summary = pool_.record<ring::SummaryLayout>(geometry.summaries, facts.index);
  auto* bells = pool_.record<ring::RingBellLayout>(geometry.ring_bells, facts.index);
  const std::uint32_t word = member.place / 64;
  const std::uint64_t* const publisher_sleep = &facts.view.header->publisher_sleep;
  const auto own = own_ring_of(facts, member);
  rings_.push_back({.reader = own ? ring::MemberReader(facts.view, line, start, *own)
                                  : ring::MemberReader(facts.view, line, start, places_.said.depth),
                    .summary = {&summary->bits[word], std::uint64_t{1} << member.place % 64},
                    .publisher = {.origin_node = facts.origin_node,
                                  .ring = facts.index,
                                  .generation = facts.ring_generation},
                    .publisher_sleep = start.reliable ? publisher_sleep : nullptr,
                    .publisher_bell = &bells->publisher_bell,
                    .ring_bell = &bells->bell,
                    .evictions = &facts.view.header->evicted[word]});
  // Who waits for many looks first where it was rung, so its publishers shall ring from the first message.
  if (delegate_) mark_rings();
  // It may be waiting for readers to come.
  if (tarn_room_look(publisher_sleep) % 2 == 1) ring::ring_bell(&bells->publisher_bell);
}

// A ring younger than the subscription is read from its first message, others from their end.
ring::ReaderStart SubscriberPort::start_in(const directory::RingFacts& facts,
                                           const std::optional<ring::OwnRing>& own) const noexcept {
  ring::ReaderStart start{.lengths = places_.lengths};
  if (facts.ring_generation <= places_.said.first_ring_generation) {
    start.first = ring::newest_sequence(facts.view) + 1;
    // Its own ring may have begun before this: what has been put into it, or been refused, since then counts.
    // In this order: a ring that begins after the look begins behind the message seen.
    if (own) start.first = std::min(start.first, own->begins());
    const std::uint64_t history = std::min(
        {std::uint64_t{places_.said.history}, std::uint64_t{facts.view.depth}, start.first - 1});
    start.from = start.first - history;
  }
  return start;
}

// The ring has to make way: what is still in it is lost, and said to be.
void SubscriberPort::give_up(JoinedRing& joined) noexcept {
  gone_.lost_publisher_gone += joined.reader.unread();
}

void SubscriberPort::forget(std::size_t position) noexcept {
  JoinedRing& joined = rings_[position];
  // The bit goes first: once the reader has left, place and ring may be somebody else's, who sleeps.
  if (joined.marked) joined.summary.clear();
  if (demoted(joined)) ++evictions_;
  joined.reader.leave();
  if (joined.reliable()) make_way(joined);
  add(gone_, joined.reader.counts());
  arrivals_gone_ += joined.arrivals();
  rings_.erase(rings_.begin() + static_cast<std::ptrdiff_t>(position));
  if (position < next_) --next_;
}

// Rings whose publisher is gone, once nothing is left in them.
void SubscriberPort::leave_drained() noexcept {
  for (std::size_t position = rings_.size(); position > 0; --position) {
    const JoinedRing& joined = rings_[position - 1];
    if (joined.ending && !joined.reader.available()) forget(position - 1);
  }
}

}  // namespace tarn::port
