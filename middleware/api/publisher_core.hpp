// What a Publisher<T> and its loans share: the port, and the session that keeps its memory. It lives
// until the handle and the last loan are gone. One thread at a time, as the publisher itself.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <tarn/message.hpp>
#include <tarn/result.hpp>

#include "middleware/api/broker_tally.hpp"
#include "middleware/node/session.hpp"
#include "middleware/port/publisher_port.hpp"
#include "platform/clock.hpp"

namespace tarn::detail {

class PublisherCore {
 public:
  PublisherCore(std::shared_ptr<node::Session> session, std::unique_ptr<port::PublisherPort> port,
                const MessageType& type)
      : session_(std::move(session)),
        port_(std::move(port)),
        element_bytes_(type.size_bytes),
        max_elements_(type.is_slice() ? port_->facts().payload_bytes / type.size_bytes : 1),
        slice_(type.is_slice()),
        tally_(*session_) {}

  [[nodiscard]] port::PublisherPort& port() noexcept { return *port_; }
  [[nodiscard]] bool forked() const noexcept { return session_->forked(); }
  [[nodiscard]] bool domain_reset() const noexcept {
    return session_->domain_reset() || port_->pool_gone();
  }

  [[nodiscard]] static Error reset_error() noexcept;

  [[nodiscard]] std::size_t max_elements() const noexcept { return max_elements_; }
  // TooLarge names both numbers.
  [[nodiscard]] Result<std::uint32_t> bytes_of(std::size_t count) const noexcept {
    if (count > max_elements_) return Failure(too_many(count));
    return static_cast<std::uint32_t>(count) * element_bytes_;
  }
  // TooLarge; InvalidArgument when so many bytes are no whole message.
  [[nodiscard]] Result<std::size_t> count_of(std::size_t bytes) const noexcept;

  // Waits for room as long as `timeout`, or else the topic, says. WouldBlock and TimedOut name who is the
  // furthest behind; DomainReset.
  [[nodiscard]] Result<void> make_room(
      const std::optional<std::chrono::nanoseconds>& timeout) noexcept;
  // Until every reliable subscription has taken message `sequence`. TimedOut says how many have not;
  // DomainReset.
  [[nodiscard]] Result<void> wait_taken(std::uint64_t sequence,
                                        platform::MonotonicTime deadline) noexcept;
  // Forked; TimedOut says how many came; DomainReset.
  [[nodiscard]] Result<void> wait_for_subscribers(std::uint32_t count,
                                                  platform::MonotonicTime deadline) noexcept;
  [[nodiscard]] EndpointStatus status() noexcept;
  // NotReliable on a topic that drops messages.
  [[nodiscard]] Result<void> check_reliable() const noexcept;

  // The handle is gone. Destroys this unless a loan is out.
  void drop_handle() noexcept;
  // A loan came back. Destroys this if it was the last thing anybody had.
  void drop_loan(std::uint32_t index) noexcept;

 private:
  void close_if_unused() noexcept;
  [[nodiscard]] Error too_many(std::size_t count) const noexcept;
  [[nodiscard]] Error no_room(bool waited) const noexcept;
  [[nodiscard]] Error not_taken(std::uint64_t sequence, std::uint32_t missing) const noexcept;
  // Of the reliable readers, whom the port found the furthest behind; nobody's: it is gone.
  struct Slowest {
    std::string_view node;
    int pid = 0;
  };
  [[nodiscard]] Slowest slowest_reader() const noexcept;
  [[nodiscard]] Result<void> after_interruption(platform::MonotonicTime deadline) noexcept;
  [[nodiscard]] const directory::TopicRecordLayout& topic() const noexcept;

  std::shared_ptr<node::Session> session_;
  std::unique_ptr<port::PublisherPort> port_;
  std::uint32_t element_bytes_;
  std::uint32_t max_elements_;
  bool slice_;
  bool handle_gone_ = false;
  BrokerTally tally_;
};

}  // namespace tarn::detail
