// A broker on a thread of this process, named tarn-broker. Made with the role taken, it serves until
// it is destroyed and then leaves in order, or until no later round can help: then it gives the role
// back at once, as if it had died. Knows nothing of who wanted it. Owned by the sessions that share it.
//
// A fork copies every descriptor of the broker, and with them the role and its clients' connections.
// So the process forks only between two rounds, and the child closes them all at once.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <tarn/result.hpp>

#include "middleware/broker/broker.hpp"
#include "middleware/host/configured_options.hpp"
#include "platform/fork_canary.hpp"
#include "platform/thread.hpp"

namespace tarn::host {

class EmbeddedBroker : public std::enable_shared_from_this<EmbeddedBroker> {
 public:
  // The configuration is what the broker reads again.
  EmbeddedBroker(broker::Broker broker, std::string directory,
                 std::unique_ptr<ConfiguredOptions> configuration);
  // Any thread but the broker's own. In a forked child it leaves everything to the parent.
  ~EmbeddedBroker();
  EmbeddedBroker(const EmbeddedBroker&) = delete;
  EmbeddedBroker& operator=(const EmbeddedBroker&) = delete;

  // `ended` is called on the thread as its last act.
  [[nodiscard]] Result<void> start(void (*ended)(EmbeddedBroker& broker));

  // Closes every descriptor; the role is free.
  void close() noexcept;
  // For one whose thread could not be started: leaves in order first.
  void leave() noexcept;

  [[nodiscard]] const std::string& directory() const noexcept { return directory_; }

  // Around a fork, by the thread that forks.
  void before_fork() noexcept { round_.lock(); }
  void in_parent() noexcept { round_.unlock(); }
  void in_child() noexcept;

 private:
  void serve();

  const std::string directory_;
  const std::unique_ptr<ConfiguredOptions> configuration_;  // outlives the broker
  std::mutex round_;  // held while the broker works, not while it waits
  std::optional<broker::Broker> broker_;
  platform::Thread thread_;
  void (*ended_)(EmbeddedBroker&) = nullptr;
  platform::ProcessGeneration made_in_;
};

}  // namespace tarn::host
