// One node's session with the broker of its domain: connects, registers, asks for publishers and
// subscribers, and comes back when the broker did. It knows packets and the mapping, not what a port
// does. Shared by the node and everything made from it; any thread, one request at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <tarn/options.hpp>
#include <tarn/result.hpp>

#include "middleware/node/broker_role.hpp"
#include "middleware/node/broker_watchers.hpp"
#include "middleware/node/control_channel.hpp"
#include "middleware/pool/domain_directory.hpp"
#include "middleware/pool/pool_mapping.hpp"
#include "middleware/wire/control_messages.hpp"
#include "platform/any_ready.hpp"
#include "platform/file_descriptor.hpp"
#include "platform/fork_canary.hpp"

namespace tarn::node {

class Session {
 public:
  // The errors of Node::open.
  [[nodiscard]] static Result<std::shared_ptr<Session>> open(const NodeOptions& options);
  // Leaves in order. In a forked child it leaves the parent's session alone.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] Result<wire::PublisherCreated> create_publisher(
      const wire::CreatePublisher& wanted);
  [[nodiscard]] Result<wire::SubscriberCreated> create_subscriber(
      const wire::CreateSubscriber& wanted);
  // A waiter of its own, for a thread that waits for many subscriptions or through an fd.
  [[nodiscard]] Result<wire::WaiterCreated> create_waiter();
  [[nodiscard]] Result<void> close_publisher(const wire::ClosePublisher& closed);
  [[nodiscard]] Result<void> close_subscriber(const wire::CloseSubscriber& closed);
  // The bound end of the socket by which such a waiter is rung from now on.
  [[nodiscard]] Result<platform::FileDescriptor> open_doorbell(const wire::OpenDoorbell& wanted);
  // Requires: nobody's bed leads to it any more.
  [[nodiscard]] Result<wire::PatternCreated> create_pattern(const wire::CreatePattern& wanted);
  [[nodiscard]] Result<void> close_pattern(const wire::ClosePattern& closed);
  [[nodiscard]] Result<void> close_waiter(const wire::CloseWaiter& closed);

  // Whether the broker this session is connected to is there no more. Cheap: it asks the kernel once a
  // second at most.
  [[nodiscard]] bool broker_is_gone() noexcept;
  // Whether the domain has a broker now: asks the kernel, and turns to a new one that has come.
  [[nodiscard]] bool broker_is_there() noexcept;
  // Of the pool: one more with every broker that came.
  [[nodiscard]] std::uint32_t broker_epoch() const noexcept;
  // Connects to the one that came after it, or is that itself. Best effort: control calls do it, too.
  void return_to_broker(platform::MonotonicTime deadline) noexcept;

  // Makes `watcher` ready with kBrokerGone as soon as the broker goes, until return_to_broker(). Requires:
  // it is taken back before it ends, by the process that handed it in.
  [[nodiscard]] Result<void> watch_broker(platform::AnyReady& watcher);
  void unwatch_broker(platform::AnyReady& watcher) noexcept;

  [[nodiscard]] std::uint32_t client() const noexcept { return welcome_.client; }
  [[nodiscard]] const std::shared_ptr<pool::PoolMapping>& mapping() const noexcept {
    return mapping_;
  }
  [[nodiscard]] const std::string& name() const noexcept { return options_.name; }
  [[nodiscard]] bool forked() const noexcept { return platform::in_forked_child(made_in_); }
  // The domain has another pool by now: a broker said so. Who had no broker to tell it learns it here.
  [[nodiscard]] bool domain_reset() const noexcept {
    // relaxed: nothing is read because of it.
    return domain_reset_.load(std::memory_order_relaxed);
  }

 private:
  explicit Session(NodeOptions options);

  Result<void> connect(platform::MonotonicTime deadline);
  Result<void> connect_once(platform::MonotonicTime deadline);
  Result<void> locate();
  [[nodiscard]] RoleWish wish() const;
  Result<void> introduce(platform::MonotonicTime deadline);
  [[nodiscard]] Result<void> check_resumed(const wire::Welcome& welcome) const;
  Result<void> take_welcome(const wire::Welcome& welcome, platform::FileDescriptor pool,
                            platform::FileDescriptor alive);
  Result<void> exchange(const wire::Request& request, ControlAnswer& answer,
                        platform::MonotonicTime deadline);
  template <typename Reply>
  Result<Reply> ask(const wire::Request& request);
  Result<void> close(const wire::Request& closed);
  void hang_up() noexcept;
  void close_what_was_left(ControlAnswer& answer, platform::MonotonicTime deadline);
  [[nodiscard]] bool is_silent();
  void revoke_blocks() noexcept;

  NodeOptions options_;
  std::mutex mutex_;
  BrokerRole role_;  // outlives the rest: the last goodbye is said to a broker
  std::optional<pool::DomainPaths> paths_;
  ControlChannel channel_;
  BrokerWatchers watchers_;
  platform::FileDescriptor alive_;  // its lock says that this process lives
  std::shared_ptr<pool::PoolMapping> mapping_;
  wire::Welcome welcome_;
  platform::MonotonicTime next_look_;    // for the broker
  std::uint32_t broker_epoch_ = 0;       // of the broker it was connected to last
  std::uint32_t tried_epoch_ = 0;        // of the one that a wait tried to connect to last
  bool silent_ = false;                  // the broker let the last request run out of time
  bool hung_up_ = false;                 // the broker, in the middle of the last introduction
  bool established_ = false;             // there was a broker that called us ready
  std::vector<wire::Request> unclosed_;  // closed while there was no broker to hear it
  platform::ProcessGeneration made_in_;
  std::atomic<bool> domain_reset_{false};
};

}  // namespace tarn::node
