// What a Publisher<T> and its loans share: the port, and the session that keeps its memory. It lives
// until the handle and the last loan are gone. One thread at a time, as the publisher itself.
#pragma once

#include <memory>
#include <utility>

#include "middleware/node/session.hpp"
#include "middleware/port/publisher_port.hpp"

namespace tarn::detail {

class PublisherCore {
 public:
  PublisherCore(std::shared_ptr<node::Session> session, std::unique_ptr<port::PublisherPort> port)
      : session_(std::move(session)), port_(std::move(port)) {}

  [[nodiscard]] port::PublisherPort& port() noexcept { return *port_; }
  [[nodiscard]] bool forked() const noexcept { return session_->forked(); }

  // The handle is gone. Destroys this unless a loan is out.
  void drop_handle() noexcept;
  // A loan came back. Destroys this if it was the last thing anybody had.
  void drop_loan(std::uint32_t index) noexcept;

 private:
  void close_if_unused() noexcept;

  std::shared_ptr<node::Session> session_;
  std::unique_ptr<port::PublisherPort> port_;
  bool handle_gone_ = false;
};

}  // namespace tarn::detail
