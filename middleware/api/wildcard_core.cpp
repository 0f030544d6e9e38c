#include "middleware/api/wildcard_core.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <tarn/limits.hpp>

#include "middleware/api/wait_set_core.hpp"
#include "middleware/directory/directory_reader.hpp"
#include "middleware/pool/pool_state.hpp"
#include "middleware/port/subscription_counts.hpp"
#include "middleware/ring/atomics.h"
#include "platform/shortage.hpp"
#include "platform/spinning.hpp"

namespace tarn::detail {

Result<std::unique_ptr<WildcardCore>> WildcardCore::open(std::shared_ptr<node::Session> session,
                                                         wire::CreatePattern wanted) {
  const auto granted = session->create_waiter();
  if (!granted) return Failure(granted.error());
  const auto give_back = [&](const Error& error) {
    (void)session->close_waiter({.waiter = granted->waiter, .generation = granted->generation});
    return Failure(error);
  };
  auto waiter = port::WaiterPort::attach(session->mapping(), granted->waiter);
  if (!waiter) return give_back(waiter.error());
  wanted.waiter = granted->waiter;
  wanted.waiter_generation = granted->generation;
  const auto created = session->create_pattern(wanted);
  if (!created) return give_back(created.error());
  const auto& patterns = session->mapping()->view().geometry().patterns;
  if (created->pattern >= patterns.count) {
    return give_back(Error::make(Errc::Corrupt, 0, "the broker granted pattern %u of %u",
                                 created->pattern, patterns.count));
  }
  std::unique_ptr<WildcardCore> core(
      new WildcardCore(std::move(session), std::move(*waiter), *granted, *created));
  core->sync();
  if (core->begin_refused_) {
    return Failure(Error::make(Errc::OutOfMemory, ENOMEM,
                               "the kernel has no memory left for the topics of a pattern"));
  }
  return core;
}

WildcardCore::WildcardCore(std::shared_ptr<node::Session> session,
                           std::unique_ptr<port::WaiterPort> waiter,
                           const wire::WaiterCreated& granted, const wire::PatternCreated& created)
    : session_(std::move(session)),
      waiter_(std::move(waiter)),
      granted_(granted),
      created_(created),
      // One never published, so that the first look finds what there is. relaxed would do: that look
      // acquires.
      version_seen_(tarn_load_acquire_u32(&record().version) - 1),
      attachable_{.source = {this, &kSourceFunctions, granted.waiter},
                  .pool = session_->mapping().get(),
                  .name = directory::text_in(record().pattern)} {}

WildcardCore::~WildcardCore() {
  if (attachable_.set != nullptr) attachable_.set->detach(attachable_.id);
  for (const Topic& topic : topics_) (void)topic.core->drop_topic(false);
  if (forked()) return;
  // Without a broker they end with this process, or when the broker is back.
  (void)session_->close_pattern({.pattern = created_.pattern, .generation = created_.generation});
  (void)session_->close_waiter({.waiter = granted_.waiter, .generation = granted_.generation});
}

const directory::PatternRecordLayout& WildcardCore::record() const noexcept {
  const pool::PoolView& pool = session_->mapping()->view();
  return *pool.record<directory::PatternRecordLayout>(pool.geometry().patterns, created_.pattern);
}

bool WildcardCore::pool_gone() const noexcept {
  return pool::load_pool_state(session_->mapping()->view().header()) == pool::PoolState::Gone;
}

// ---- topics that come and go ----

bool WildcardCore::pattern_changed() const noexcept {
  // order(directory.pattern): acquire. Pairs with the broker's increment after subscriptions came: the
  // records read next are at least as new.
  return tarn_load_acquire_u32(&record().version) != version_seen_;
}

bool WildcardCore::is_known(std::uint32_t subscriber, std::uint32_t generation) const noexcept {
  return std::any_of(topics_.begin(), topics_.end(), [&](const Topic& topic) {
    const wire::SubscriberCreated& created = topic.core->created();
    return created.subscriber == subscriber && created.generation == generation;
  });
}

// A change that comes while this runs raises the version again.
void WildcardCore::sync() noexcept {
  // order(directory.pattern): acquire, as in pattern_changed().
  version_seen_ = tarn_load_acquire_u32(&record().version);
  const pool::PoolView& pool = session_->mapping()->view();
  const directory::DirectoryReader reader(pool);
  for (std::uint32_t i = 0; i < pool.geometry().subscribers.count; ++i) {
    const auto found = reader.read<directory::SubscriberRecordLayout>(i);
    if (!found || found->pattern != created_.pattern + 1) continue;
    if (found->client != session_->client() ||
        directory::record_state(found->state) != directory::RecordState::Active) {
      continue;
    }
    const std::uint32_t generation = directory::record_generation(found->state);
    const auto* const line = pool.line<ring::SubscriptionCountersLayout>(found->counters_line);
    // relaxed: only this process writes the word.
    const bool ended =
        line == nullptr || tarn_load_relaxed_u64(&line->ended) == std::uint64_t{generation} + 1;
    if (ended || is_known(i, generation)) continue;
    if (begin(i, generation)) continue;
    // The kernel is short of memory: the next take tries again, and a wait is no endless row of tries.
    --version_seen_;
    begin_refused_ = true;
    platform::wait_out_shortage();
  }
}

bool WildcardCore::begin(std::uint32_t subscriber, std::uint32_t generation) noexcept {
  auto port = port::SubscriberPort::attach(session_->mapping(), subscriber);
  if (!port) return false;
  Topic topic{.core = nullptr, .name = {}};
  topic.name.assign((*port)->topic_name());
  topic.core = new SubscriberCore(session_, std::move(*port),
                                  {.subscriber = subscriber,
                                   .generation = generation,
                                   .topic = wire::kNoIndex,
                                   .waiter = granted_.waiter});
  topics_.push_back(topic);
  return true;
}

void WildcardCore::leave(std::size_t position) noexcept {
  SubscriberCore* const core = topics_[position].core;
  const wire::SubscriberCreated created = core->created();
  const SubscriberCounts counts = core->port().counts();
  port::add(gone_, counts);
  arrivals_gone_ += core->port().arrivals();
  topics_.erase(topics_.begin() + static_cast<std::ptrdiff_t>(position));
  if (position < next_) --next_;
  if (core->drop_topic(true)) return;
  // A ring has come in between, unknown to the broker that somebody should read it: any word makes it
  // look. It answers that the subscription is none to be closed.
  (void)session_->close_subscriber(
      {.subscriber = created.subscriber, .generation = created.generation});
}

void WildcardCore::leave_over() noexcept {
  for (std::size_t position = topics_.size(); position > 0; --position) {
    if (topics_[position - 1].core->port().is_over()) leave(position - 1);
  }
}

// ---- taking ----

void WildcardCore::take_any(TakenSample& to, std::span<std::byte> copy_to,
                            TopicName& topic) noexcept {
  to.outcome = TakeOutcome::Empty;
  if (pattern_changed()) sync();
  const std::size_t count = topics_.size();
  for (std::size_t looked = 0; looked < count; ++looked) {
    if (next_ >= topics_.size()) next_ = 0;
    const Topic& candidate = topics_[next_++];
    candidate.core->port().try_take(to, copy_to);
    if (to.outcome == TakeOutcome::Empty) continue;
    if (to.outcome == TakeOutcome::DomainReset) return;
    candidate.core->count_taken(to);
    topic = candidate.name;
    return;
  }
  leave_over();
}

void WildcardCore::try_take(TakenSample& to, std::span<std::byte> copy_to,
                            TopicName& topic) noexcept {
  take_any(to, copy_to, topic);
  if (to.outcome == TakeOutcome::Empty && (session_->domain_reset() || pool_gone())) {
    to.outcome = TakeOutcome::DomainReset;
  }
}

bool WildcardCore::take_interruption() noexcept {
  bool interrupted = std::exchange(interrupted_, false);
  for (const Topic& topic : topics_) {
    interrupted = topic.core->port().take_interruption() || interrupted;
  }
  return interrupted;
}

// A time-out has no time left for a broker that is gone: the next wait has.
void WildcardCore::wait_take(TakenSample& to, std::span<std::byte> copy_to, TopicName& topic,
                             platform::MonotonicTime deadline) noexcept {
  try_take(to, copy_to, topic);
  if (to.outcome == TakeOutcome::Empty && broker_is_gone_) session_->return_to_broker(deadline);
  bool expired = false;
  while (to.outcome == TakeOutcome::Empty && !expired) {
    expired = sleep_until(deadline);
    try_take(to, copy_to, topic);
    if (to.outcome != TakeOutcome::Empty || !take_interruption()) continue;
    if (session_->broker_is_gone()) session_->return_to_broker(deadline);
  }
  broker_is_gone_ = to.outcome == TakeOutcome::Empty && session_->broker_is_gone();
  tell_wait_set();
}

// After a call that may have slept alone: who published meanwhile, or brought a topic, rang elsewhere. What is
// known of it by now is marked here, or too late for who waits for the set's fd.
void WildcardCore::tell_wait_set() noexcept {
  if (attachable_.set == nullptr) return;
  mark();
  // Either who publishes finds mark and bed as they are now, or this look finds the message.
  ring::Sleeper::fence();
  if (stirs()) attachable_.set->stay_readable();
}

// True once there is no more to wait for.
bool WildcardCore::sleep_until(platform::MonotonicTime deadline) noexcept {
  const auto now = platform::monotonic_last_tick();
  if (deadline <= now) return true;
  const auto spin = std::min<std::chrono::nanoseconds>(waiter_->spin(), deadline - now);
  if (platform::spin_until([this] { return stirs(); }, spin)) return false;
  const auto safety = platform::add_saturating(now, kSafetyTimeout);
  ring::Sleeper& sleeper = waiter_->sleeper();
  if (delegate_) waiter_->lie_on_bell();
  sleeper.prepare();
  mark();
  ring::Sleeper::fence();
  auto woken = platform::FutexWait::ValueChanged;
  if (!stirs()) woken = sleeper.sleep(std::min(deadline, safety));
  sleeper.finish();
  if (delegate_) waiter_->sleep_with(*delegate_);
  if (woken != platform::FutexWait::TimedOut) return false;
  if (deadline <= safety) return true;
  if (stirs()) {
    ++safety_wakeups_;
    waiter_->count_safety_wakeup();
  }
  interrupted_ = true;
  return false;
}

// ---- waiting for several ----

void WildcardCore::sleep_with(std::uint32_t waiter) noexcept {
  delegate_ = waiter;
  waiter_->sleep_with(waiter);
}

void WildcardCore::sleep_alone() noexcept {
  delegate_.reset();
  waiter_->lie_on_bell();
}

bool WildcardCore::ready() noexcept {
  if (pattern_changed()) sync();
  leave_over();
  // A wait set looks first where it was rung, so publishers of what came just now shall ring from their first
  // message.
  mark();
  return std::any_of(topics_.begin(), topics_.end(),
                     [](const Topic& topic) { return topic.core->port().ready(); });
}

void WildcardCore::mark() noexcept {
  for (const Topic& topic : topics_) topic.core->port().mark();
}

bool WildcardCore::stirs() const noexcept {
  return pattern_changed() || std::any_of(topics_.begin(), topics_.end(), [](const Topic& topic) {
           return topic.core->port().stirs();
         });
}

std::uint64_t WildcardCore::arrivals() const noexcept {
  std::uint64_t sum = arrivals_gone_;
  for (const Topic& topic : topics_) sum += topic.core->port().arrivals();
  return sum;
}

// ---- what it knows ----

WildcardCounts WildcardCore::counts() const noexcept {
  WildcardCounts counts{.messages = gone_,
                        // relaxed, both: counters of the broker's.
                        .refused_topics = tarn_load_relaxed_u64(&record().refused_topics),
                        .type_mismatches = tarn_load_relaxed_u64(&record().type_mismatches)};
  for (const Topic& topic : topics_) port::add(counts.messages, topic.core->port().counts());
  counts.messages.safety_wakeups += safety_wakeups_;
  return counts;
}

std::uint32_t WildcardCore::topic_count() noexcept {
  if (pattern_changed()) sync();
  leave_over();
  return static_cast<std::uint32_t>(topics_.size());
}

std::uint32_t WildcardCore::publisher_count() noexcept {
  if (pattern_changed()) sync();
  std::uint32_t count = 0;
  for (const Topic& topic : topics_) count += topic.core->port().publisher_count();
  return count;
}

}  // namespace tarn::detail
