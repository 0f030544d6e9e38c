// How a publisher waits: for readers to come, and for reliable ones to take.
#include <algorithm>
#include <optional>

#include <tarn/limits.hpp>

#include "middleware/port/publisher_port.hpp"
#include "middleware/ring/protocol.h"

namespace tarn::port {

// The commit before it ended with a publish fence.
bool PublisherPort::look_for_room() noexcept {
  sync_members();
  return gate_->look(writer_.next_sequence(), members_.members());
}

// Announces sleep, looks, sleeps, and so on. `look` answers nothing once there is no more to wait for,
// else when it will have an answer by itself.
template <typename Look>
Waited PublisherPort::park(platform::MonotonicTime deadline, Look look) noexcept {
  const auto begun = platform::monotonic_now();
  const auto interruption = platform::add_saturating(begun, kSafetyTimeout);
  auto outcome = Waited::Ready;
  bool by_safety = false;  // the last sleep ended by no bell and no deadline of ours
  for (auto now = begun;; now = platform::monotonic_now()) {
    sleeper_.prepare();
    ring::Sleeper::fence();
    sync_members();
    const std::optional<platform::MonotonicTime> due = look(now);
    const bool over = !due || now >= std::min(deadline, interruption) || pool_gone_;
    if (!over) {
      const auto woken = sleeper_.sleep(std::min({deadline, interruption, *due}));
      by_safety = woken == platform::FutexWait::TimedOut && interruption < std::min(deadline, *due);
    }
    sleeper_.finish();
    if (!over) continue;
    if (due) outcome = now >= deadline ? Waited::TimedOut : Waited::Interrupted;
    break;
  }
  if (by_safety && outcome == Waited::Ready) {
    ++safety_wakeups_;
    ring::count_safety_wakeup(safety_total_);
  }
  return outcome;
}

// The same, for readers who are behind.
template <typename Look>
Waited PublisherPort::block(platform::MonotonicTime deadline, Look look) noexcept {
  const auto begun = platform::monotonic_now();
  const Waited outcome = park(deadline, look);
  blocked_ += platform::monotonic_now() - begun;
  // relaxed: a counter with one writer, read by tools.
  tarn_store_relaxed_u64(&facts_.view.header->counters.blocked_ns,
                         static_cast<std::uint64_t>(blocked_.count()));
  return outcome;
}

Waited PublisherPort::wait_room(platform::MonotonicTime deadline) noexcept {
  const std::uint64_t next = writer_.next_sequence();
  return block(deadline,
               [&](platform::MonotonicTime now) -> std::optional<platform::MonotonicTime> {
                 if (gate_->look(next, members_.members())) return std::nullopt;
                 const auto due = gate_->evict_stuck(next, members_.members(), now);
                 if (gate_->look(next, members_.members())) return std::nullopt;
                 return due;
               });
}

Waited PublisherPort::wait_taken(std::uint64_t sequence,
                                 platform::MonotonicTime deadline) noexcept {
  return block(deadline, [&](platform::MonotonicTime) -> std::optional<platform::MonotonicTime> {
    if (gate_->behind(sequence, members_.members()) == 0) return std::nullopt;
    return platform::kForever;
  });
}

Waited PublisherPort::wait_readers(std::uint32_t count, platform::MonotonicTime deadline) noexcept {
  return park(deadline, [&](platform::MonotonicTime) -> std::optional<platform::MonotonicTime> {
    if (readers() >= count) return std::nullopt;
    return platform::kForever;
  });
}

std::uint32_t PublisherPort::readers_behind(std::uint64_t sequence) noexcept {
  sync_members();
  return gate_->behind(sequence, members_.members());
}

std::uint32_t PublisherPort::slowest_client() const noexcept {
  const auto member = directory::read_member(pool_, facts_, gate_->slowest_place());
  if (!member) return directory::kNone;
  const auto* subscriber = pool_.record<directory::SubscriberRecordLayout>(
      pool_.geometry().subscribers, member->subscriber);
  return subscriber == nullptr ? directory::kNone : subscriber->client;
}

void PublisherPort::count_rejected() noexcept {
  // relaxed: a counter with one writer, read by tools.
  tarn_store_relaxed_u64(&facts_.view.header->counters.rejected, ++rejected_);
}

}  // namespace tarn::port
