// What a Subscriber<T> and its samples share: the port, and the session that keeps the memory under
// the samples. It lives until the handle and the last sample that holds a pin are gone.
//
// Taking is one thread's, releasing anybody's, so who comes last is settled by one counter: it starts
// high, each release takes one away, and closing adds what was taken and takes away the start. It
// reaches zero once, with the last of them.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "middleware/node/session.hpp"
#include "middleware/port/subscriber_port.hpp"
#include "middleware/wire/control_messages.hpp"

namespace tarn::detail {

class SubscriberCore {
 public:
  SubscriberCore(std::shared_ptr<node::Session> session, std::unique_ptr<port::SubscriberPort> port,
                 const wire::SubscriberCreated& created)
      : session_(std::move(session)), port_(std::move(port)), created_(created) {}

  [[nodiscard]] port::SubscriberPort& port() noexcept { return *port_; }
  [[nodiscard]] bool forked() const noexcept { return session_->forked(); }

  // Hands the pin of `taken`, if it holds one, to its sample.
  void count_taken(TakenSample& taken) noexcept;
  // From any thread.
  void release(std::uint32_t* pin) noexcept;
  // The handle is gone: stops reading and tells the broker. Destroys this unless samples are out.
  void drop_handle() noexcept;

 private:
  static constexpr std::int64_t kOpen = std::int64_t{1} << 62;

  void settle(std::int64_t change) noexcept;

  std::shared_ptr<node::Session> session_;
  std::unique_ptr<port::SubscriberPort> port_;
  wire::SubscriberCreated created_;
  std::int64_t taken_ = 0;  // pins handed out; the taking thread's
  std::atomic<std::int64_t> balance_{kOpen};
};

}  // namespace tarn::detail
