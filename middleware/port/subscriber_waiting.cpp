// How a subscription sleeps: by itself, with all others of its one ring, or not at all where a waiter sleeps
// for it.
#include <algorithm>

#include <tarn/limits.hpp>

#include "middleware/port/subscriber_port.hpp"
#include "platform/spinning.hpp"

namespace tarn::port {

bool SubscriberPort::anything() const noexcept {
  if (topic_changed()) return true;
  return std::any_of(rings_.begin(), rings_.end(),
                     [](const JoinedRing& joined) { return joined.reader.available(); });
}

bool SubscriberPort::ready() noexcept {
  if (topic_changed()) sync_rings();
  leave_drained();
  return std::any_of(rings_.begin(), rings_.end(),
                     [](const JoinedRing& joined) { return joined.reader.available(); });
}

std::uint64_t SubscriberPort::arrivals() const noexcept {
  std::uint64_t sum = arrivals_gone_;
  for (const JoinedRing& joined : rings_) sum += joined.arrivals();
  return sum;
}

void SubscriberPort::mark_rings() noexcept {
  for (JoinedRing& joined : rings_) {
    joined.summary.set();
    joined.marked = true;
  }
}

// With many rings the bits stay: a stale one costs a publisher one look, clearing and setting them would
// cost us a contended line each. So do those of a subscription that somebody sleeps for.
void SubscriberPort::unmark_rings() noexcept {
  if (delegate_ || rings_.size() != 1 || !rings_.front().marked) return;
  rings_.front().summary.clear();
  rings_.front().marked = false;
}

void SubscriberPort::sleep_with(std::uint32_t waiter) noexcept {
  delegate_ = waiter;
  get_up();
}

void SubscriberPort::sleep_alone() noexcept {
  delegate_.reset();
  sleeper_.lie_on({}, &places_.bell->bell);
}

// All readers of a ring may lie on its bell, and its publisher wakes them with one system call. Who reads
// several rings would be woken for nothing by those who share it with him in one of them.
void SubscriberPort::lie_down() noexcept {
  if (rings_.size() == 1) {
    const JoinedRing& joined = rings_.front();
    sleeper_.lie_on({ring::BedKind::RingBell, joined.publisher.ring}, joined.ring_bell);
  } else {
    sleeper_.lie_on({}, &places_.bell->bell);
  }
}

void SubscriberPort::get_up() noexcept {
  if (delegate_) sleeper_.lie_on({ring::BedKind::Delegate, *delegate_}, &places_.bell->bell);
}

// True once there is no more to wait for: the deadline has passed, which the kernel says and so saves
// asking the clock.
bool SubscriberPort::sleep_until(platform::MonotonicTime deadline) noexcept {
  const auto last_tick = platform::monotonic_last_tick();
  if (deadline <= last_tick) return true;
  const auto safety = platform::add_saturating(last_tick, kSafetyTimeout);
  // Before sleep is announced: whoever publishes now has nobody to wake.
  const auto spin = std::min<std::chrono::nanoseconds>(mapping_->spin(), deadline - last_tick);
  if (platform::spin_until([this] { return anything(); }, spin)) return false;
  lie_down();
  sleeper_.prepare();
  mark_rings();
  ring::Sleeper::fence();
  auto woken = platform::FutexWait::ValueChanged;
  if (!anything()) {
    ++sleeps_;
    woken = sleeper_.sleep(std::min(deadline, safety));
  }
  sleeper_.finish();
  get_up();
  if (woken != platform::FutexWait::TimedOut) return false;
  if (deadline <= safety) return true;
  if (anything()) {
    ++safety_wakeups_;
    ring::count_safety_wakeup(&places_.bell->safety_wakeups);
    store_counters();
  }
  interrupted_ = true;
  return false;
}

}  // namespace tarn::port
