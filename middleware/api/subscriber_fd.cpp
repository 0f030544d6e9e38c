// A subscriber that is waited for by its fd. The invariant is WakeFd's.
#include <tarn/subscriber.hpp>

#include "middleware/api/subscriber_core.hpp"
#include "middleware/api/wait_set_core.hpp"
#include "middleware/ring/sleeper.hpp"
#include "middleware/vocabulary/printable.hpp"

namespace tarn::detail {

Result<int> SubscriberCore::fd() {
  if (forked()) {
    return Failure(Error::make(Errc::Forked, 0,
                               "this subscriber belongs to the parent process: open a node of your "
                               "own after fork"));
  }
  if (domain_reset()) return Failure(reset_error());
  if (door_ != nullptr) return door_->fd->get();
  if (attachable_.set != nullptr) {
    return Failure(
        Error::make(Errc::InvalidArgument, 0,
                    "topic '%s': this subscriber is attached to a wait set, which sleeps "
                    "for it: use the wait set's fd(), or detach it first",
                    vocabulary::Printable(port_->topic_name()).c_str()));
  }
  auto waiter = OwnWaiter::create(session_);
  if (!waiter) return Failure(waiter.error());
  auto fd = WakeFd::create(*waiter, WakeFd::Alarm::None);
  if (!fd) return Failure(fd.error());
  door_ = std::make_unique<Door>(Door{std::move(*waiter), std::move(*fd)});
  attachable_.has_fd = true;
  port_->sleep_with(door_->waiter.port()->index());
  (void)lie_down_anew();
  return door_->fd->get();
}

void SubscriberCore::close_door() noexcept {
  if (door_ == nullptr) return;
  // In a forked child the bed is not mapped, and the parent's.
  if (!forked()) port_->sleep_alone();
  door_.reset();
  attachable_.has_fd = false;
}

void SubscriberCore::try_take(TakenSample& to, std::span<std::byte> copy_to) noexcept {
  port_->try_take(to, copy_to);
  if (to.outcome != TakeOutcome::Empty || door_ == nullptr) return;
  if (lie_down()) port_->try_take(to, copy_to);
}

// Whatever it answers, what came before has been passed over.
void SubscriberCore::read_latest(TakenSample& to, std::span<std::byte> copy_to) noexcept {
  port_->read_latest(to, copy_to);
  if (door_ != nullptr) (void)lie_down();
}

// When nothing was found. True: something has come since, and the fd is readable.
bool SubscriberCore::lie_down() noexcept {
  const WakeFd::News news = door_->fd->look();
  if (news.broker_gone || session_->broker_is_gone()) {
    session_->return_to_broker(platform::deadline_after(kLeastForABroker));
  }
  // Nobody has rung since it lay down: it still does.
  return news.rung && lie_down_anew();
}

bool SubscriberCore::lie_down_anew() noexcept {
  door_->fd->lie_down();
  port_->mark();
  ring::Sleeper::fence();
  if (!port_->stirs()) return false;
  door_->fd->ring();
  return true;
}

// After a call that slept for itself, or moved: who published meanwhile rang elsewhere, or not at all. A
// publisher that came meanwhile is known by now, and the news of it rang elsewhere, too: its ring is marked
// here or never.
void SubscriberCore::stay_readable() noexcept {
  if (door_ == nullptr && attachable_.set == nullptr) return;
  port_->mark();
  // Either who publishes finds mark and bed as they are now, or this look finds the message.
  ring::Sleeper::fence();
  if (!port_->stirs()) return;
  if (door_ != nullptr) {
    door_->fd->ring();
  } else {
    attachable_.set->stay_readable();
  }
}

}  // namespace tarn::detail
