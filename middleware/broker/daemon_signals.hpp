// What the daemon's user tells it: SIGTERM and SIGINT that it shall end, SIGHUP that its configuration has
// changed. Knows the broker by stop() and ask_reload(). For tarn-broker alone: a library has no signals.
// Owned by main; its thread.
#pragma once

#include <memory>
#include <utility>

#include <tarn/result.hpp>

#include "middleware/broker/broker.hpp"
#include "platform/clock.hpp"
#include "platform/poller.hpp"
#include "platform/signal_descriptor.hpp"
#include "platform/wakeup.hpp"

namespace tarn::broker {

class DaemonSignals {
 public:
  // Before any thread, which inherits that they are blocked.
  [[nodiscard]] static Result<DaemonSignals> create();
  ~DaemonSignals();
  DaemonSignals(DaemonSignals&&) noexcept;

  // While there is no broker to tell. False: the daemon shall end. True: the deadline has passed, and it
  // shall not. Who says that the configuration has changed is heard with pass_to().
  [[nodiscard]] bool sleep_until(platform::MonotonicTime deadline);

  // From here on the broker hears them, until stop_passing(). On a thread of its own, because the broker
  // waits for fds of its own. Requires: `served` stays until then, and where it is.
  void pass_to(Broker& served);
  void stop_passing();

 private:
  struct Watch;
  explicit DaemonSignals(std::unique_ptr<Watch> watch) noexcept;

  std::unique_ptr<Watch> watch_;
};

}  // namespace tarn::broker
