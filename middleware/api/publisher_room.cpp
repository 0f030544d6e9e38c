// What a publisher's calls do while reliable subscriptions keep the ring full.
#include <algorithm>

#include "middleware/api/publisher_core.hpp"
#include "middleware/directory/record_state.hpp"
#include "middleware/vocabulary/printable.hpp"

namespace tarn::detail {

using vocabulary::Printable;

Error PublisherCore::reset_error() noexcept {
  return Error::make(Errc::DomainReset, 0,
                     "the pool of this publisher was given up: nobody reads it any more; open a "
                     "new node");
}

Error PublisherCore::no_room(bool waited) const noexcept {
  const auto name = directory::text_in(topic().name);
  const Slowest slowest = slowest_reader();
  return Error::make(waited ? Errc::TimedOut : Errc::WouldBlock, 0,
                     "topic '%s': no room for another message%s: node '%s' (pid %d) has not taken "
                     "the oldest of %u; "
                     "make it faster, raise topics.%s.depth, or %s evict_after",
                     Printable(name).c_str(), waited ? " in time" : "",
                     Printable(slowest.node).c_str(), slowest.pid,
                     static_cast<unsigned>(port_->facts().view.depth), Printable(name).c_str(),
                     topic().evict_after_ns == 0 ? "set" : "lower");
}

Error PublisherCore::not_taken(std::uint64_t sequence, std::uint32_t missing) const noexcept {
  const Slowest slowest = slowest_reader();
  return Error::make(Errc::TimedOut, 0,
                     "topic '%s': message %llu is published, but not taken in time by all reliable "
                     "subscriptions: %u missing, among them node '%s' (pid %d)",
                     Printable(directory::text_in(topic().name)).c_str(),
                     static_cast<unsigned long long>(sequence), missing,
                     Printable(slowest.node).c_str(), slowest.pid);
}

PublisherCore::Slowest PublisherCore::slowest_reader() const noexcept {
  const pool::PoolView& pool = session_->mapping()->view();
  const auto* client =
      pool.record<directory::ClientRecordLayout>(pool.geometry().clients, port_->slowest_client());
  if (client == nullptr) return {};
  return {.node = directory::text_in(client->name), .pid = static_cast<int>(client->pid)};
}

// Who waits long sees to it that there is a broker, so that the dead are reaped.
Result<void> PublisherCore::after_interruption(platform::MonotonicTime deadline) noexcept {
  if (session_->broker_is_gone()) session_->return_to_broker(deadline);
  if (domain_reset()) return Failure(reset_error());
  return {};
}

Result<void> PublisherCore::make_room(
    const std::optional<std::chrono::nanoseconds>& timeout) noexcept {
  const auto none = std::chrono::nanoseconds::zero();
  const bool blocks = port_->overflow() == directory::Overflow::Block;
  const auto patience = std::max(none, timeout.value_or(blocks ? port_->timeout() : none));
  const auto deadline = platform::deadline_after(patience);
  for (;;) {
    switch (port_->wait_room(deadline)) {
      case port::Waited::Ready:
        return {};
      case port::Waited::TimedOut:
        port_->count_rejected();
        return Failure(no_room(patience > none));
      case port::Waited::Interrupted:
        if (auto going = after_interruption(deadline); !going) return going;
        break;
    }
  }
}

Result<void> PublisherCore::wait_taken(std::uint64_t sequence,
                                       platform::MonotonicTime deadline) noexcept {
  for (;;) {
    switch (port_->wait_taken(sequence, deadline)) {
      case port::Waited::Ready:
        return {};
      case port::Waited::TimedOut:
        if (const auto missing = port_->readers_behind(sequence); missing > 0) {
          return Failure(not_taken(sequence, missing));
        }
        return {};
      case port::Waited::Interrupted:
        if (auto going = after_interruption(deadline); !going) return going;
        break;
    }
  }
}

Result<void> PublisherCore::check_reliable() const noexcept {
  if (forked() || port_->gates()) return {};  // the publish says what a fork may not do
  const auto name = directory::text_in(topic().name);
  return Failure(Error::make(Errc::NotReliable, 0,
                             "topic '%s' drops messages, so nobody is waited for: set "
                             "topics.%s.overflow to block or reject",
                             Printable(name).c_str(), Printable(name).c_str()));
}

}  // namespace tarn::detail
