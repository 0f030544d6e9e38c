#include "middleware/port/subscriber_port.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <tarn/limits.hpp>

#include "middleware/directory/record_state.hpp"
#include "middleware/port/lines.hpp"
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

Result<std::unique_ptr<SubscriberPort>> SubscriberPort::attach(
    std::shared_ptr<pool::PoolMapping> mapping, std::uint32_t subscriber) {
  const pool::PoolView& pool = mapping->view();
  const auto& geometry = pool.geometry();
  const auto* record =
      pool.record<directory::SubscriberRecordLayout>(geometry.subscribers, subscriber);
  if (record == nullptr) return Failure(corrupt(subscriber));
  const directory::SubscriberRecordLayout copy = *record;
  const auto* waiter = pool.record<directory::WaiterRecordLayout>(geometry.waiters, copy.waiter);
  // relaxed: the broker wrote it before it answered.
  const std::uint32_t bed_line =
      waiter == nullptr ? directory::kNone : tarn_load_relaxed_u32(&waiter->line);
  const auto* topic = pool.record<directory::TopicRecordLayout>(geometry.topics, copy.topic);
  const Places places{.record = record,
                      .said = copy,
                      .topic = topic,
                      .counters = pool.line<ring::SubscriptionCountersLayout>(copy.counters_line),
                      .pins = directory::pin_words(pool, copy.pins_line, copy.held),
                      .bed = pool.line<ring::WaiterLayout>(bed_line),
                      .bell = pool.record<ring::BellLayout>(geometry.bells, copy.waiter),
                      .subscriber = subscriber,
                      .lengths = lengths_of(topic)};
  if (places.topic == nullptr || places.counters == nullptr || places.pins.empty() ||
      places.pins.size() > kMaxHeld || places.bed == nullptr || places.bell == nullptr) {
    return Failure(corrupt(subscriber));
  }
  for (const std::uint32_t line : {copy.counters_line, copy.pins_line, bed_line}) {
    if (auto granted = make_line_writable(*mapping, line, copy.client); !granted) {
      return Failure(granted.error());
    }
  }
  std::unique_ptr<SubscriberPort> port(new SubscriberPort(std::move(mapping), places));
  port->sync_rings();
  if (port->join_refused_) {
    // Later would be too late: what is published from here on is this subscription's.
    port->leave();
    return Failure(Error::make(Errc::OutOfMemory, ENOMEM,
                               "the kernel has no memory left to let subscriber %u join a ring",
                               subscriber));
  }
  port->first_version_ = port->version_seen_;
  return port;
}

SubscriberPort::SubscriberPort(std::shared_ptr<pool::PoolMapping> mapping, const Places& places)
    : mapping_(std::move(mapping)),
      pool_(mapping_->view()),
      places_(places),
      pins_(places.pins),
      sleeper_(places.bed, places.bell),
      former_(directory::read_totals(places.topic->publisher_totals)),
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

// After its cursor has moved: the publisher may be waiting for just that. The first ring of a sleep ends
// it, so a second one would be a system call for nothing.
void SubscriberPort::make_way(JoinedRing& joined) noexcept {
  const std::uint64_t generation = tarn_room_look(joined.publisher_sleep);
  if (generation % 2 == 0 || generation == joined.last_rung) return;
  ring::ring_bell(joined.publisher_bell);
  joined.last_rung = generation;
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
      if (joined.reliable()) make_way(joined);
      to.outcome = TakeOutcome::Corrupt;
      store_counters();
      return true;
    case ring::TakeState::Taken:
      if (joined.reliable()) make_way(joined);
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
    tarn_store_relaxed_u64(&places_.counters->received, joined.reader.received());
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
    if (&joined == latest) continue;
    joined.reader.skip_all();
    if (joined.reliable()) make_way(joined);
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
  leave_drained();
  return static_cast<std::uint32_t>(rings_.size());
}

}  // namespace tarn::port
