// A waiter of a session that belongs to no subscription: granted by the broker when it is made, given
// back when it goes. It knows no order of sleeping. One owner, one thread; what port() rings may come from
// anywhere.
#pragma once

#include <cstdint>
#include <memory>

#include <tarn/result.hpp>

#include "middleware/node/session.hpp"
#include "middleware/pool/pool_mapping.hpp"
#include "middleware/port/waiter_port.hpp"
#include "middleware/wire/control_messages.hpp"
#include "platform/file_descriptor.hpp"

namespace tarn::detail {

class OwnWaiter {
 public:
  // TooManyWaiters names the limit; also NoBroker, DomainReset, Corrupt, Forked.
  [[nodiscard]] static Result<OwnWaiter> create(std::shared_ptr<node::Session> session);
  // Requires: no bed leads to it any more.
  ~OwnWaiter();
  OwnWaiter(OwnWaiter&&) noexcept = default;
  OwnWaiter& operator=(OwnWaiter&&) = delete;

  // The bound end of the socket that it is rung by once it lies there.
  [[nodiscard]] Result<platform::FileDescriptor> open_doorbell() const {
    return session_->open_doorbell({.waiter = created_.waiter, .generation = created_.generation});
  }
  [[nodiscard]] node::Session& session() const noexcept { return *session_; }
  [[nodiscard]] const pool::PoolMapping* pool() const noexcept { return session_->mapping().get(); }
  // Whoever may ring it shares it. It stays good when the waiter is given back, and then rings whoever
  // has its number, who looks once for nothing and sleeps on.
  [[nodiscard]] const std::shared_ptr<port::WaiterPort>& port() const noexcept { return port_; }

 private:
  OwnWaiter(std::shared_ptr<node::Session> session, const wire::WaiterCreated& created) noexcept
      : session_(std::move(session)), created_(created) {}

  std::shared_ptr<node::Session> session_;  // none once moved from
  wire::WaiterCreated created_;
  std::shared_ptr<port::WaiterPort> port_;
};

}  // namespace tarn::detail
