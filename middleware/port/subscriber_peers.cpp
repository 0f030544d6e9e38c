// What a subscription knows of those who publish to it, how it waits for them to come, and how it moves
// among the messages of one.
#include <algorithm>

#include <tarn/limits.hpp>

#include "middleware/port/subscriber_port.hpp"
#include "middleware/ring/protocol.h"

namespace tarn::port {

// The publishers there are, whose every message from now on is this subscription's.
std::uint32_t SubscriberPort::live_publishers() noexcept {
  if (topic_changed()) sync_rings();
  return static_cast<std::uint32_t>(std::count_if(
      rings_.begin(), rings_.end(), [](const JoinedRing& joined) { return !joined.ending; }));
}

Waited SubscriberPort::wait_publishers(std::uint32_t count,
                                       platform::MonotonicTime deadline) noexcept {
  bool by_safety = false;
  for (;;) {
    if (live_publishers() >= count) break;
    const auto now = platform::monotonic_now();
    if (now >= deadline) return Waited::TimedOut;
    if (by_safety || take_interruption() || pool_gone()) return Waited::Interrupted;
    const auto safety = platform::add_saturating(now, kSafetyTimeout);
    lie_down();
    sleeper_.prepare();
    ring::Sleeper::fence();
    auto woken = platform::FutexWait::ValueChanged;
    if (!topic_changed()) {
      ++sleeps_;
      woken = sleeper_.sleep(std::min(deadline, safety));
    }
    sleeper_.finish();
    get_up();
    by_safety = woken == platform::FutexWait::TimedOut && safety < deadline;
  }
  if (by_safety) {
    ++safety_wakeups_;
    ring::count_safety_wakeup(&places_.bell->safety_wakeups);
  }
  store_counters();
  return Waited::Ready;
}

bool SubscriberPort::demoted(const JoinedRing& joined) noexcept {
  if (!joined.reliable()) return false;
  // relaxed: the publisher's bit decides nothing here.
  const std::uint64_t word = tarn_load_relaxed_u64(joined.evictions);
  return (word & joined.summary.bit) != 0;
}

EndpointStatus SubscriberPort::status() noexcept {
  const directory::PeerTotals totals = directory::read_totals(places_.topic->publisher_totals);
  // Who was there when the subscription began came to it then.
  return {.matched = totals.came - former_.closed - former_.died,
          .unmatched = totals.closed - former_.closed,
          .peers_gone = totals.died - former_.died,
          .evicted = evictions_ + static_cast<std::uint64_t>(
                                      std::count_if(rings_.begin(), rings_.end(), demoted)),
          .peers = totals.present()};
}

SeekResult SubscriberPort::seek(const std::optional<PublisherIdentity>& publisher,
                                std::uint64_t sequence) noexcept {
  (void)publisher_count();  // leaves those that are gone and drained
  if (!publisher && rings_.size() > 1) return {.state = SeekResult::State::Several};
  const auto joined = std::find_if(rings_.begin(), rings_.end(), [&](const JoinedRing& candidate) {
    return !publisher || candidate.publisher == *publisher;
  });
  if (joined == rings_.end()) return {.state = SeekResult::State::NoPublisher};
  SeekResult result{.state = SeekResult::State::NotKept, .kept = joined->reader.kept()};
  if (!joined->reader.seek(sequence)) return result;
  result.state = SeekResult::State::Moved;
  if (joined->reliable()) make_way(*joined);
  store_counters();
  return result;
}

// Where nothing has changed since it began, its first ring may be about to come.
bool SubscriberPort::is_over() noexcept {
  if (topic_changed()) sync_rings();
  leave_drained();
  if (!rings_.empty() || version_seen_ == first_version_) return false;
  // relaxed, both: counts of the broker's; what comes now comes with another version.
  return tarn_load_relaxed_u32(&places_.topic->publisher_count) == 0 &&
         tarn_load_relaxed_u32(&places_.topic->orphan_count) == 0;
}

bool SubscriberPort::end(std::uint32_t generation) noexcept {
  // order(directory.pattern_end): release store + full fence. Pairs with the broker's look: whatever it
  // grants of these lines is not touched here any more. And with its fence behind a ring that came: either
  // it sees this word, or the version below is another one. Weaker, both may miss, and nobody reads it.
  tarn_store_release_u64(&places_.counters->ended, std::uint64_t{generation} + 1);
  tarn_fence_full();
  return !topic_changed();
}

}  // namespace tarn::port
