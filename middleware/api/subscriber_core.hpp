// What a Subscriber<T> and its samples share: the port, and the session that keeps the memory under
// the samples. It lives until the handle and the last sample that holds a pin are gone.
//
// Taking is one thread's, releasing anybody's, so who comes last is settled by one counter: it starts
// high, each release takes one away, and closing adds what was taken and takes away the start. It
// reaches zero once, with the last of them.
//
// A pin is one word in shared memory and never moves. Copies of a sample share it by a count that stays
// in this process: it is zero, and is only looked at, as long as nobody copies.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <tarn/limits.hpp>

#include "middleware/api/attachable.hpp"
#include "middleware/api/broker_tally.hpp"
#include "middleware/api/own_waiter.hpp"
#include "middleware/api/wake_fd.hpp"
#include "middleware/node/session.hpp"
#include "middleware/port/subscriber_port.hpp"
#include "middleware/wire/control_messages.hpp"

namespace tarn::detail {

class SubscriberCore {
 public:
  SubscriberCore(std::shared_ptr<node::Session> session, std::unique_ptr<port::SubscriberPort> port,
                 const wire::SubscriberCreated& created)
      : session_(std::move(session)),
        port_(std::move(port)),
        created_(created),
        first_pin_(port_->first_pin()),
        tally_(*session_),
        attachable_{.source = {this, &kSourceFunctions, created.waiter},
                    .pool = session_->mapping().get(),
                    .name = port_->topic_name()} {}

  [[nodiscard]] port::SubscriberPort& port() noexcept { return *port_; }
  [[nodiscard]] bool forked() const noexcept { return session_->forked(); }

  // The pool was given up, and this subscription has been told.
  [[nodiscard]] bool domain_reset() const noexcept {
    return session_->domain_reset() || port_->saw_pool_gone();
  }

  // As the port's, and keeps the fd readable for what is left.
  void try_take(TakenSample& to, std::span<std::byte> copy_to) noexcept;
  void read_latest(TakenSample& to, std::span<std::byte> copy_to) noexcept;
  // The same, and sees to it meanwhile that there is a broker.
  void wait_take(TakenSample& to, std::span<std::byte> copy_to,
                 platform::MonotonicTime deadline) noexcept;

  // Made by the first call. InvalidArgument where a wait set sleeps for it; Forked, DomainReset, and
  // what a waiter or a socket is refused for.
  [[nodiscard]] Result<int> fd();

  // Forked; TimedOut says how many came; DomainReset.
  [[nodiscard]] Result<void> wait_for_publishers(std::uint32_t count,
                                                 platform::MonotonicTime deadline) noexcept;
  [[nodiscard]] EndpointStatus status() noexcept;
  // Forked, DomainReset; InvalidArgument says what is kept.
  [[nodiscard]] Result<void> seek(const std::optional<PublisherIdentity>& publisher,
                                  std::uint64_t sequence) noexcept;

  // Hands the pin of `taken`, if it holds one, to its sample.
  void count_taken(TakenSample& taken) noexcept;
  [[nodiscard]] std::uint32_t topic() const noexcept { return created_.topic; }
  // For the wait set that it is or will be attached to.
  [[nodiscard]] Attachable& attachable() noexcept { return attachable_; }
  // One more sample holds this pin. From any thread that holds one.
  void share(const std::uint32_t* pin) noexcept;
  // One sample less holds this pin; the last one frees it. From any thread.
  void release(std::uint32_t* pin) noexcept;
  // Of a pattern's: stops reading, and says so if the topic is over. Destroys this unless samples are out.
  // False: the broker is to be told in words.
  [[nodiscard]] bool drop_topic(bool over) noexcept;
  [[nodiscard]] const wire::SubscriberCreated& created() const noexcept { return created_; }
  // The handle is gone: stops reading and tells the broker. Destroys this unless samples are out.
  void drop_handle() noexcept;

 private:
  [[nodiscard]] static Error reset_error() noexcept;
  [[nodiscard]] Error no_seek(const port::SeekResult& result,
                              std::uint64_t sequence) const noexcept;
  static constexpr std::int64_t kOpen = std::int64_t{1} << 62;
  static const event::SourceFunctions kSourceFunctions;

  // What an fd of its own is made of: it is rung instead of the subscription's waiter.
  struct Door {
    OwnWaiter waiter;
    std::unique_ptr<WakeFd> fd;
  };
  [[nodiscard]] bool lie_down() noexcept;
  [[nodiscard]] bool lie_down_anew() noexcept;
  void stay_readable() noexcept;
  void close_door() noexcept;
  [[nodiscard]] bool drop_copy(std::atomic<std::uint32_t>& copies) noexcept;
  void settle(std::int64_t change) noexcept;

  std::shared_ptr<node::Session> session_;
  std::unique_ptr<port::SubscriberPort> port_;
  wire::SubscriberCreated created_;
  const std::uint32_t* first_pin_;
  std::array<std::atomic<std::uint32_t>, kMaxHeld> copies_{};  // samples of a pin beyond the first
  BrokerTally tally_;
  Attachable attachable_;
  std::unique_ptr<Door> door_;   // once fd() was called
  bool broker_is_gone_ = false;  // at the end of the last wait; the waiting thread's
  std::int64_t taken_ = 0;       // pins handed out; the taking thread's
  std::atomic<std::int64_t> balance_{kOpen};
};

}  // namespace tarn::detail
