#include <tarn/subscriber.hpp>

#include "middleware/api/subscriber_core.hpp"
#include "middleware/api/wait_set_core.hpp"
#include "middleware/ring/protocol.h"
#include "platform/clock.hpp"

namespace tarn::detail {

void SubscriberCore::count_taken(TakenSample& taken) noexcept {
  if (taken.pin == nullptr) return;
  taken.core = this;
  ++taken_;
}

void SubscriberCore::settle(std::int64_t change) noexcept {
  // acq_rel: whoever brings it to zero destroys what all the others used before.
  if (balance_.fetch_add(change, std::memory_order_acq_rel) + change == 0) delete this;
}

void SubscriberCore::share(const std::uint32_t* pin) noexcept {
  // relaxed: the sample that is copied is held meanwhile, so the count cannot run out beside this; what
  // the copy may read its thread sees as it sees the copy itself.
  copies_[static_cast<std::size_t>(pin - first_pin_)].fetch_add(1, std::memory_order_relaxed);
}

// True for the last sample of a pin.
bool SubscriberCore::drop_copy(std::atomic<std::uint32_t>& copies) noexcept {
  // order(sample.copies): acquire. Pairs with the subtraction below, on the threads of the copies that
  // went before: their reads of the message come before the release of the pin that follows. Weaker, the
  // publisher could write while one of those reads is under way. Zero stays zero: who copies holds one.
  if (copies.load(std::memory_order_acquire) == 0) return true;
  // order(sample.copies): acq_rel. Pairs with the look above, and with itself on other threads.
  if (copies.fetch_sub(1, std::memory_order_acq_rel) != 0) return false;
  // The others went between the two, and this was the last: the count went below zero.
  // relaxed: the pin's release and the taker that finds it free order it before the next use.
  copies.store(0, std::memory_order_relaxed);
  return true;
}

void SubscriberCore::release(std::uint32_t* pin) noexcept {
  if (!drop_copy(copies_[static_cast<std::size_t>(pin - first_pin_)])) return;
  // In a forked child the pin's page is not mapped, and the pin is the parent's.
  if (!forked()) tarn_pin_release(pin);
  settle(-1);
}

// A time-out has no time left for a broker that is gone: the next wait has.
void SubscriberCore::wait_take(TakenSample& to, std::span<std::byte> copy_to,
                               platform::MonotonicTime deadline) noexcept {
  if (broker_is_gone_) {
    // Messages first: they do not need it.
    port_->try_take(to, copy_to);
    if (to.outcome != TakeOutcome::Empty) return;
    session_->return_to_broker(deadline);
  }
  if (door_ != nullptr) {
    // What is found without sleeping leaves the fd as it is.
    port_->try_take(to, copy_to);
    if (to.outcome != TakeOutcome::Empty) return;
  }
  port_->wait_take(to, copy_to, deadline);
  while (to.outcome == TakeOutcome::Empty && port_->take_interruption()) {
    if (session_->broker_is_gone()) session_->return_to_broker(deadline);
    if (domain_reset()) break;
    port_->wait_take(to, copy_to, deadline);
  }
  broker_is_gone_ = to.outcome == TakeOutcome::Empty && session_->broker_is_gone();
  if (to.outcome == TakeOutcome::Empty && domain_reset()) to.outcome = TakeOutcome::DomainReset;
  if (to.outcome == TakeOutcome::Empty && door_ != nullptr && lie_down()) {
    port_->try_take(to, copy_to);
  }
  stay_readable();
}

void SubscriberCore::drop_handle() noexcept {
  if (attachable_.set != nullptr) attachable_.set->detach(attachable_.id);
  close_door();
  if (!forked()) {
    port_->leave();
    // Without a broker the subscription ends with this process, or when the broker is back.
    (void)session_->close_subscriber(
        {.subscriber = created_.subscriber, .generation = created_.generation});
  }
  settle(taken_ - kOpen);
}

bool SubscriberCore::drop_topic(bool over) noexcept {
  bool heard = true;
  if (!forked()) {
    port_->leave();
    if (over) heard = port_->end(created_.generation);
  }
  settle(taken_ - kOpen);
  return heard;
}

void release(TakenSample& taken) noexcept {
  SubscriberCore* core = taken.core;
  taken.core = nullptr;
  core->release(taken.pin);
}

void share(const TakenSample& taken) noexcept { taken.core->share(taken.pin); }

SubscriberHandle::~SubscriberHandle() {
  if (core_ != nullptr) core_->drop_handle();
}

void SubscriberHandle::try_take(TakenSample& to, std::span<std::byte> copy_to) noexcept {
  if (core_->forked()) {
    to.outcome = TakeOutcome::Forked;
    return;
  }
  core_->try_take(to, copy_to);
  if (to.outcome == TakeOutcome::Empty && core_->domain_reset()) {
    to.outcome = TakeOutcome::DomainReset;
  }
  core_->count_taken(to);
}

void SubscriberHandle::wait_take(TakenSample& to, std::span<std::byte> copy_to,
                                 std::chrono::steady_clock::time_point deadline) noexcept {
  if (core_->forked()) {
    to.outcome = TakeOutcome::Forked;
    return;
  }
  core_->wait_take(to, copy_to, deadline);
  core_->count_taken(to);
}

void SubscriberHandle::read_latest(TakenSample& to, std::span<std::byte> copy_to) noexcept {
  if (core_->forked()) {
    to.outcome = TakeOutcome::Forked;
    return;
  }
  if (core_->domain_reset()) {
    to.outcome = TakeOutcome::DomainReset;
    return;
  }
  core_->read_latest(to, copy_to);
  core_->count_taken(to);
}

SubscriberCounts SubscriberHandle::counts() const noexcept {
  return core_->forked() ? SubscriberCounts{} : core_->port().counts();
}

std::uint32_t SubscriberHandle::publisher_count() noexcept {
  return core_->forked() ? 0 : core_->port().publisher_count();
}

Result<int> SubscriberHandle::fd() { return core_->fd(); }

std::uint32_t SubscriberHandle::topic() const noexcept { return core_->topic(); }

std::chrono::steady_clock::time_point deadline_after(std::chrono::nanoseconds duration) noexcept {
  return platform::deadline_after(duration);
}

}  // namespace tarn::detail
