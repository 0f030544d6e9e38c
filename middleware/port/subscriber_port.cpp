#include "middleware/port/subscriber_port.hpp"

#include <algorithm>
#include <utility>

#include <tarn/limits.hpp>

#include "middleware/directory/record_state.hpp"
#include "middleware/port/subscription_counts.hpp"
#include "middleware/ring/protocol.h"
#include "platform/futex.hpp"

namespace tarn::port {

namespace {

// Messages between two looks at how many wait.
constexpr std::uint64_t kBacklogPeriod = 16;

Error corrupt(std::uint32_t subscriber) {
  return Error::make(Errc::Corrupt, 0, "the pool's record of subscriber %u does not hold",
                     subscriber);
}

ring::LengthRule lengths_of(const directory::TopicRecordLayout* topic) noexcept {
  if (topic == nullptr) return {};
  return {.unit_bytes = std::max(topic->type_bytes, 1U),
          .many = tarn::detail::names_slice(directory::text_in(topic->type_name))};
}

}  // namespace

Result<void> SubscriberPort::grant_line(pool::PoolMapping& mapping, std::uint32_t line,
                                        std::uint32_t client) {
  const pool::PoolView& pool = mapping.view();
  const auto& geometry = pool.geometry();
  const std::uint32_t block = line / geometry.block.lines;
  const auto* owner = pool.record<std::uint32_t>(geometry.block_owners, block);
  // relaxed: stored before the grant was answered or the member entry made active.
  if (owner == nullptr || tarn_load_relaxed_u32(owner) != client + 1) {
    return Failure(Error::make(Errc::Corrupt, 0,
                               "line %u lies in subscriber block %u, which is not this client's",
                               line, block));
  }
  return mapping.grant(geometry.blocks.offset + std::uint64_t{block} * geometry.page_bytes,
                       geometry.page_bytes);
}

Result<std::unique_ptr<SubscriberPort>> SubscriberPort::attach(
    std::shared_ptr<pool::PoolMapping> mapping, std::uint32_t subscriber) {
  const pool::PoolView& pool = mapping->view();
  const auto& geometry = pool.geometry();
  const auto* record =
      pool.record<directory::SubscriberRecordLayout>(geometry.subscribers, subscriber);
  if (record == nullptr) return Failure(corrupt(subscriber));
  const directory::SubscriberRecordLayout copy = *record;
  const auto* waiter = pool.record<directory::WaiterRecordLayout>(geometry.waiters, copy.waiter);
  const auto* topic = pool.record<directory::TopicRecordLayout>(geometry.topics, copy.topic);
  const Places places{
      .record = record,
      .topic = topic,
      .counters = pool.line<ring::SubscriptionCountersLayout>(copy.counters_line),
      .pins = directory::pin_words(pool, copy.pins_line, copy.held),
      .bed = waiter == nullptr ? nullptr : pool.line<ring::WaiterLayout>(waiter->line),
      .bell = pool.record<ring::BellLayout>(geometry.bells, copy.waiter),
      .subscriber = subscriber,
      .lengths = lengths_of(topic)};
  if (places.topic == nullptr || places.counters == nullptr || places.pins.empty() ||
      places.pins.size() > kMaxHeld || places.bed == nullptr || places.bell == nullptr) {
    return Failure(corrupt(subscriber));
  }
  for (const std::uint32_t line : {copy.counters_line, copy.pins_line, waiter->line}) {
    if (auto granted = grant_line(*mapping, line, copy.client); !granted) {
      return Failure(granted.error());
    }
  }
  std::unique_ptr<SubscriberPort> port(new SubscriberPort(std::move(mapping), places));
  port->sync_rings();
  return port;
}

SubscriberPort::SubscriberPort(std::shared_ptr<pool::PoolMapping> mapping, const Places& places)
    : mapping_(std::move(mapping)),
      pool_(mapping_->view()),
      places_(places),
      pins_(places.pins),
      sleeper_(places.bed, places.bell),
      // relaxed: as in is_new_broker().
      broker_epoch_(tarn_load_relaxed_u32(&pool_.header().broker_epoch)) {
  rings_.reserve(places.topic->publishers + places.topic->orphans + kMaxOrphans);
}

bool SubscriberPort::topic_changed() const noexcept {
  // order(directory.topic): acquire. Pairs with the broker's increment after a ring came, went or lost
  // its publisher: the records read next are at least as new.
  return tarn_load_acquire_u32(&places_.topic->version) != version_seen_;
}

bool SubscriberPort::pool_gone() const noexcept {
  // relaxed: nothing is read because of it.
  return tarn_load_relaxed_u32(&pool_.header().state) ==
         static_cast<std::uint32_t>(pool::PoolState::Gone);
}

bool SubscriberPort::is_new_broker() noexcept {
  // relaxed: the topic's version, raised after it, is what brings us here.
  const std::uint32_t epoch = tarn_load_relaxed_u32(&pool_.header().broker_epoch);
  return std::exchange(broker_epoch_, epoch) != epoch;
}

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
  const std::uint32_t topic = places_.record->topic;
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
  auto* summary = pool_.record<ring::SummaryLayout>(pool_.geometry().summaries, facts.index);
  if (line == nullptr || summary == nullptr) return;
  const std::uint64_t name = ring::ring_name(facts.index, facts.ring_generation);
  // relaxed: only this process writes the line.
  if (tarn_load_relaxed_u64(&line->ring_name) == name) return;  // left before
  if (!grant_line(*mapping_, member->join_line, places_.record->client)) {
    --version_seen_;  // the kernel is short of memory: the next take tries again
    return;
  }

  // A ring younger than the subscription is read from its first message.
  ring::ReaderStart start{.lengths = places_.lengths};
  if (facts.ring_generation <= places_.record->first_ring_generation) {
    start.first = ring::newest_sequence(facts.view) + 1;
    const std::uint64_t history = std::min(
        {std::uint64_t{places_.record->history}, std::uint64_t{facts.view.depth}, start.first - 1});
    start.from = start.first - history;
  }
  // relaxed: announced by the cursor that follows.
  tarn_store_relaxed_u64(&line->ring_name, name);
  tarn_cursor_announce(&line->cursor, start.first);
  // The broker retires a ring in two steps: the state, then a look at this line. One of both sees it.
  // What is lost by coming too late is the broker's to count.
  const auto now = directory::read_ring(pool_, facts.index);
  if (!now || now->ring_generation != facts.ring_generation ||
      now->record_state() == directory::RecordState::Retiring) {
    tarn_cursor_publish(&line->cursor, ring::kNeverRead);
    return;
  }
  rings_.push_back(
      {.reader = {facts.view, line, start, places_.record->depth},
       .summary = {&summary->bits[member->place / 64], std::uint64_t{1} << member->place % 64},
       .publisher = {.origin_node = facts.origin_node,
                     .ring = facts.index,
                     .generation = facts.ring_generation}});
}

// The ring has to make way: what is still in it is lost, and said to be.
void SubscriberPort::give_up(JoinedRing& joined) noexcept {
  gone_.lost_publisher_gone += joined.reader.unread();
}

void SubscriberPort::forget(std::size_t position) noexcept {
  JoinedRing& joined = rings_[position];
  // The bit goes first: once the reader has left, place and ring may be somebody else's, who sleeps.
  if (joined.marked) joined.summary.clear();
  joined.reader.leave();
  add(gone_, joined.reader.counts());
  rings_.erase(rings_.begin() + static_cast<std::ptrdiff_t>(position));
  if (position < next_) --next_;
}

bool SubscriberPort::take_from(JoinedRing& joined, detail::TakenSample& to,
                               std::span<std::byte> copy_to) noexcept {
  const ring::TakeResult result = joined.reader.take(pins_, copy_to);
  switch (result.state) {
    case ring::TakeState::Empty:
      return false;
    case ring::TakeState::NoPin:
      to.outcome = TakeOutcome::TooManyHeld;
      return true;
    case ring::TakeState::Corrupt:
      to.outcome = TakeOutcome::Corrupt;
      store_counters();
      return true;
    case ring::TakeState::Taken:
      break;
  }
  const ring::TakenMessage& message = result.message;
  to.data = message.data;
  to.pin = message.pin;
  to.sequence = message.sequence;
  to.stamp_ns = message.stamp_ns;
  to.lost_before = message.lost_before;
  to.publisher = joined.publisher;
  to.length_bytes = message.length_bytes;
  to.outcome = TakeOutcome::Taken;
  if (message.sequence % kBacklogPeriod == 0) joined.reader.measure_backlog();
  // Losses and a higher backlog change the other counters; without any, one store will do.
  if (message.lost_before != 0 || rings_.size() != 1 || gone_.received != 0 ||
      joined.reader.high_water() > high_water_) {
    store_counters();
  } else {
    // relaxed: a counter with one writer, read by tools.
    tarn_store_relaxed_u64(&places_.counters->received, joined.reader.counts().received);
  }
  return true;
}

void SubscriberPort::try_take(detail::TakenSample& to, std::span<std::byte> copy_to) noexcept {
  take_any(to, copy_to);
  if (to.outcome == TakeOutcome::Empty && pool_gone()) to.outcome = TakeOutcome::DomainReset;
}

void SubscriberPort::take_any(detail::TakenSample& to, std::span<std::byte> copy_to) noexcept {
  to.outcome = TakeOutcome::Empty;
  if (topic_changed()) sync_rings();
  const std::size_t count = rings_.size();
  for (std::size_t looked = 0; looked < count; ++looked) {
    if (next_ >= rings_.size()) next_ = 0;
    const std::size_t position = next_++;
    if (take_from(rings_[position], to, copy_to)) return;
    if (rings_[position].ending) forget(position);
    if (rings_.empty()) break;
  }
}

void SubscriberPort::wait_take(detail::TakenSample& to, std::span<std::byte> copy_to,
                               platform::MonotonicTime deadline) noexcept {
  take_any(to, copy_to);
  if (to.outcome != TakeOutcome::Empty) {
    // Messages come faster than this subscriber sleeps: publishers need not look at it.
    unmark_rings();
    return;
  }
  bool expired = false;
  while (to.outcome == TakeOutcome::Empty && !expired && !interrupted_) {
    expired = sleep_until(deadline);
    take_any(to, copy_to);
  }
  // Asked after a time-out only, since the header is a page that nothing else here touches.
  if (to.outcome == TakeOutcome::Empty && pool_gone()) to.outcome = TakeOutcome::DomainReset;
}

bool SubscriberPort::anything() const noexcept {
  if (topic_changed()) return true;
  return std::any_of(rings_.begin(), rings_.end(),
                     [](const JoinedRing& joined) { return joined.reader.available(); });
}

void SubscriberPort::mark_rings() noexcept {
  for (JoinedRing& joined : rings_) {
    if (!joined.marked) joined.summary.set();
    joined.marked = true;
  }
}

// With many rings the bits stay: a stale one costs a publisher one look, setting them anew would cost
// us a contended line each.
void SubscriberPort::unmark_rings() noexcept {
  if (rings_.size() != 1 || !rings_.front().marked) return;
  rings_.front().summary.clear();
  rings_.front().marked = false;
}

// True once there is no more to wait for: the deadline has passed, which the kernel says and so saves
// asking the clock.
bool SubscriberPort::sleep_until(platform::MonotonicTime deadline) noexcept {
  const auto last_tick = platform::monotonic_last_tick();
  if (deadline <= last_tick) return true;
  const auto safety = platform::add_saturating(last_tick, kSafetyTimeout);
  sleeper_.prepare();
  mark_rings();
  ring::Sleeper::fence();
  auto woken = platform::FutexWait::ValueChanged;
  if (!anything()) {
    ++sleeps_;
    woken = sleeper_.sleep(std::min(deadline, safety));
  }
  sleeper_.finish();
  if (woken != platform::FutexWait::TimedOut) return false;
  if (deadline <= safety) return true;
  if (anything()) {
    ++safety_wakeups_;
    store_counters();
  }
  interrupted_ = true;
  return false;
}

void SubscriberPort::read_latest(detail::TakenSample& to, std::span<std::byte> copy_to) noexcept {
  to.outcome = TakeOutcome::Empty;
  if (topic_changed()) sync_rings();
  JoinedRing* latest = nullptr;
  std::uint64_t latest_stamp = 0;
  for (JoinedRing& joined : rings_) {
    const std::uint64_t stamp = joined.reader.newest_stamp();
    if (latest == nullptr || stamp > latest_stamp) {
      latest = &joined;
      latest_stamp = stamp;
    }
  }
  if (latest == nullptr) return;
  for (JoinedRing& joined : rings_) {
    if (&joined != latest) joined.reader.skip_all();
  }
  if (!latest->reader.skip_to_newest()) return;
  take_from(*latest, to, copy_to);
  store_counters();
}

void SubscriberPort::leave() noexcept {
  while (!rings_.empty()) forget(rings_.size() - 1);
  store_counters();
}

SubscriberCounts SubscriberPort::counts() const noexcept {
  SubscriberCounts sum = gone_;
  for (const JoinedRing& joined : rings_) add(sum, joined.reader.counts());
  // relaxed: a counter with one writer, the broker.
  sum.lost_publisher_gone += tarn_load_relaxed_u64(&places_.record->publisher_gone);
  sum.safety_wakeups = safety_wakeups_;
  return sum;
}

void SubscriberPort::store_counters() noexcept {
  SubscriberCounts sum = gone_;
  for (const JoinedRing& joined : rings_) {
    add(sum, joined.reader.counts());
    high_water_ = std::max(high_water_, joined.reader.high_water());
  }
  sum.safety_wakeups = safety_wakeups_;
  show(sum, *places_.counters);
  // relaxed, both: as show() has it.
  tarn_store_relaxed_u64(&places_.counters->sleeps, sleeps_);
  tarn_store_relaxed_u64(&places_.counters->high_water, high_water_);
}

std::uint32_t SubscriberPort::publisher_count() noexcept {
  if (topic_changed()) sync_rings();
  for (std::size_t position = rings_.size(); position > 0; --position) {
    const JoinedRing& joined = rings_[position - 1];
    if (joined.ending && !joined.reader.available()) forget(position - 1);
  }
  return static_cast<std::uint32_t>(rings_.size());
}

}  // namespace tarn::port
