// What both ends of a topic tell of each other, and how one waits for the other.
#include <algorithm>

#include "middleware/api/publisher_core.hpp"
#include "middleware/api/subscriber_core.hpp"
#include "middleware/directory/record_state.hpp"
#include "middleware/vocabulary/printable.hpp"
#include "platform/clock.hpp"

namespace tarn::detail {

using vocabulary::Printable;

namespace {

Error forked_error(const char* what) {
  return Error::make(Errc::Forked, 0,
                     "this %s belongs to the parent process: open a node of your own after fork",
                     what);
}

Error too_few(std::string_view topic, const char* whom, std::uint32_t there, std::uint32_t wanted) {
  return Error::make(Errc::TimedOut, 0, "topic '%s': %u of %u %s came in time",
                     Printable(topic).c_str(), there, wanted, whom);
}

}  // namespace

void BrokerTally::add_to(node::Session& session, EndpointStatus& status) noexcept {
  // In this order: a broker that comes between the two looks is not counted as one that went.
  const std::uint32_t epoch = session.broker_epoch();
  status.broker_there = session.broker_is_there();
  const std::uint64_t gone = epoch - first_epoch_ + (status.broker_there ? 0U : 1U);
  most_ = std::max(most_, gone);
  status.broker_gone = most_;
}

Result<void> PublisherCore::wait_for_subscribers(std::uint32_t count,
                                                 platform::MonotonicTime deadline) noexcept {
  if (forked()) return Failure(forked_error("publisher"));
  if (domain_reset()) return Failure(reset_error());
  for (;;) {
    switch (port_->wait_readers(count, deadline)) {
      case port::Waited::Ready:
        return {};
      case port::Waited::TimedOut:
        return Failure(
            too_few(directory::text_in(topic().name), "subscribers", port_->readers(), count));
      case port::Waited::Interrupted:
        if (auto going = after_interruption(deadline); !going) return going;
        break;
    }
  }
}

EndpointStatus PublisherCore::status() noexcept {
  EndpointStatus status = port_->status();
  tally_.add_to(*session_, status);
  return status;
}

Result<void> SubscriberCore::wait_for_publishers(std::uint32_t count,
                                                 platform::MonotonicTime deadline) noexcept {
  if (forked()) return Failure(forked_error("subscriber"));
  for (;;) {
    if (domain_reset()) {
      return Failure(Error::make(Errc::DomainReset, 0,
                                 "the pool of this subscriber was given up: open a new node"));
    }
    switch (port_->wait_publishers(count, deadline)) {
      case port::Waited::Ready:
        return {};
      case port::Waited::TimedOut:
        return Failure(too_few(port_->topic_name(), "publishers", port_->live_publishers(), count));
      case port::Waited::Interrupted:
        if (session_->broker_is_gone()) session_->return_to_broker(deadline);
        break;
    }
  }
}

EndpointStatus SubscriberCore::status() noexcept {
  EndpointStatus status = port_->status();
  tally_.add_to(*session_, status);
  return status;
}

Result<void> PublisherHandle::wait_for_subscribers(std::uint32_t count,
                                                   std::chrono::nanoseconds timeout) noexcept {
  return core_->wait_for_subscribers(count, platform::deadline_after(timeout));
}

EndpointStatus PublisherHandle::status() noexcept {
  return core_->forked() ? EndpointStatus{} : core_->status();
}

Result<void> SubscriberHandle::wait_for_publishers(std::uint32_t count,
                                                   std::chrono::nanoseconds timeout) noexcept {
  return core_->wait_for_publishers(count, platform::deadline_after(timeout));
}

EndpointStatus SubscriberHandle::status() noexcept {
  return core_->forked() ? EndpointStatus{} : core_->status();
}

}  // namespace tarn::detail
