#include "middleware/api/own_waiter.hpp"

#include <utility>

namespace tarn::detail {

Result<OwnWaiter> OwnWaiter::create(std::shared_ptr<node::Session> session) {
  const auto created = session->create_waiter();
  if (!created) return Failure(created.error());
  OwnWaiter made(std::move(session), *created);
  auto port = port::WaiterPort::attach(made.session_->mapping(), created->waiter);
  if (!port) return Failure(port.error());
  made.port_ = std::move(*port);
  return made;
}

OwnWaiter::~OwnWaiter() {
  if (session_ == nullptr || session_->forked()) return;
  // Without a broker it ends with this process, or when the broker is back.
  (void)session_->close_waiter({.waiter = created_.waiter, .generation = created_.generation});
}

}  // namespace tarn::detail
