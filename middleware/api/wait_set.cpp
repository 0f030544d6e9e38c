#include <tarn/wait_set.hpp>

#include "middleware/api/subscriber_core.hpp"
#include "middleware/api/wait_set_core.hpp"
#include "middleware/api/wildcard_core.hpp"

namespace tarn {

void UserEvent::trigger() noexcept {
  if (event_ != nullptr) event_->trigger();
}

WaitSet::~WaitSet() {
  if (core_ != nullptr) core_->drop_handle();
}

Result<AttachmentId> WaitSet::attach_subscriber(detail::SubscriberHandle& subscriber,
                                                AttachOptions&& options) {
  return core_->attach(subscriber.core().attachable(), std::move(options));
}

Result<AttachmentId> WaitSet::attach_subscriber(detail::WildcardHandle& subscriber,
                                                AttachOptions&& options) {
  return core_->attach(subscriber.core().attachable(), std::move(options));
}

Result<AttachmentId> WaitSet::add_interval(std::chrono::nanoseconds period, Callback callback,
                                           int priority) {
  return core_->add_interval(period, std::move(callback), priority);
}

Result<UserEvent> WaitSet::add_event(Callback callback, int priority) {
  auto added = core_->add_event(std::move(callback), priority);
  if (!added) return Failure(added.error());
  return UserEvent(std::move(added->trigger), added->id);
}

bool WaitSet::detach(AttachmentId id) noexcept { return core_->detach(id); }

bool WaitSet::pause(AttachmentId id, bool paused) noexcept { return core_->pause(id, paused); }

Result<std::span<const Ready>> WaitSet::wait(std::chrono::nanoseconds timeout) {
  return core_->wait(detail::deadline_after(timeout));
}

Result<std::span<const Ready>> WaitSet::wait_until(std::chrono::steady_clock::time_point deadline) {
  return core_->wait(deadline);
}

// A callback may destroy or move the handle.
Result<void> WaitSet::run() {
  detail::WaitSetCore* const core = core_;
  auto ended = core->run();
  if (core->handle_gone()) delete core;
  return ended;
}

Result<int> WaitSet::fd() { return core_->fd(); }

void WaitSet::stop() noexcept { core_->stop(); }

WaitSetCounts WaitSet::counts() const noexcept { return core_->counts(); }

}  // namespace tarn
