// What both ends of a topic tell of each other, how one waits for the other, and how a subscriber moves.
#include <algorithm>
#include <cinttypes>

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

Error SubscriberCore::reset_error() noexcept {
  return Error::make(Errc::DomainReset, 0,
                     "the pool of this subscriber was given up: open a new node");
}

Result<void> SubscriberCore::wait_for_publishers(std::uint32_t count,
                                                 platform::MonotonicTime deadline) noexcept {
  if (forked()) return Failure(forked_error("subscriber"));
  for (;;) {
    if (domain_reset()) return Failure(reset_error());
    switch (port_->wait_publishers(count, deadline)) {
      case port::Waited::Ready:
        stay_readable();
        return {};
      case port::Waited::TimedOut:
        stay_readable();
        return Failure(too_few(port_->topic_name(), "publishers", port_->live_publishers(), count));
      case port::Waited::Interrupted:
        if (session_->broker_is_gone()) session_->return_to_broker(deadline);
        break;
    }
  }
}

Error SubscriberCore::no_seek(const port::SeekResult& result,
                              std::uint64_t sequence) const noexcept {
  const Printable topic(port_->topic_name());
  switch (result.state) {
    case port::SeekResult::State::Several:
      return Error::make(Errc::InvalidArgument, 0,
                         "topic '%s' has several publishers, each with sequences of its own: say "
                         "in whose messages to seek",
                         topic.c_str());
    case port::SeekResult::State::NoPublisher:
      return Error::make(
          Errc::InvalidArgument, 0,
          "topic '%s': no such publisher is being read, so there is nothing to seek in",
          topic.c_str());
    default:
      return Error::make(Errc::InvalidArgument, 0,
                         "topic '%s': message %" PRIu64 " is not kept; those from %" PRIu64
                         " to %" PRIu64 " are, and %" PRIu64 " is the next one",
                         topic.c_str(), sequence, result.kept.oldest, result.kept.newest,
                         result.kept.newest + 1);
  }
}

Result<void> SubscriberCore::seek(const std::optional<PublisherIdentity>& publisher,
                                  std::uint64_t sequence) noexcept {
  if (forked()) return Failure(forked_error("subscriber"));
  if (domain_reset()) return Failure(reset_error());
  const port::SeekResult result = port_->seek(publisher, sequence);
  if (result.state == port::SeekResult::State::Moved) {
    stay_readable();
    return {};
  }
  return Failure(no_seek(result, sequence));
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

Result<void> SubscriberHandle::seek(std::uint64_t sequence) noexcept {
  return core_->seek(std::nullopt, sequence);
}

Result<void> SubscriberHandle::seek(const PublisherIdentity& publisher,
                                    std::uint64_t sequence) noexcept {
  return core_->seek(publisher, sequence);
}

EndpointStatus SubscriberHandle::status() noexcept {
  return core_->forked() ? EndpointStatus{} : core_->status();
}

}  // namespace tarn::detail
