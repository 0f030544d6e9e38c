// A wait set that is waited for by its fd. The invariant is WakeFd's, and what is unread here is anything
// that a wait would report.
#include "middleware/api/wait_set_core.hpp"
#include "middleware/ring/sleeper.hpp"

namespace tarn::detail {

Result<int> WaitSetCore::fd() {
  if (waiter_.session().forked()) return Failure(forked_error());
  if (fd_ == nullptr) {
    auto made = WakeFd::create(waiter_, WakeFd::Alarm::Kept);
    if (!made) return Failure(made.error());
    fd_ = std::move(*made);
    (void)lie_down_anew();
  }
  return fd_->get();
}

// What was ready all the time rings nobody when it is looked at again.
bool WaitSetCore::pause(AttachmentId id, bool paused) noexcept {
  const bool found = agenda_.pause(id, paused);
  if (!paused) stay_readable();
  return found;
}

// When nothing was found. True: something has come since, and the fd is readable.
bool WaitSetCore::lie_down() noexcept {
  const WakeFd::News news = fd_->look();
  if (news.broker_gone) {
    waiter_.session().return_to_broker(platform::deadline_after(kLeastForABroker));
  }
  if (news.rung) return lie_down_anew();
  // Nobody has rung since it lay down: it still does.
  fd_->set_alarm(agenda_.next_time());
  return false;
}

bool WaitSetCore::lie_down_anew() noexcept {
  fd_->lie_down();
  fd_->set_alarm(agenda_.next_time());
  agenda_.mark();
  ring::Sleeper::fence();
  if (!anything()) return false;
  fd_->ring();
  return true;
}

// True: by a time-out.
bool WaitSetCore::sleep_on_fd(platform::MonotonicTime until) noexcept {
  if (lie_down()) return false;
  ++counts_.wakeups;
  return !fd_->sleep(until);
}

}  // namespace tarn::detail
