#include "middleware/host/embedded_broker.hpp"

#include <utility>

namespace tarn::host {

namespace {

constexpr const char* kThreadName = "tarn-broker";

}  // namespace

EmbeddedBroker::EmbeddedBroker(broker::Broker broker, std::string directory,
                               std::unique_ptr<ConfiguredOptions> configuration)
    : directory_(std::move(directory)),
      configuration_(std::move(configuration)),
      broker_(std::move(broker)),
      made_in_(platform::current_process_generation()) {}

EmbeddedBroker::~EmbeddedBroker() {
  if (platform::in_forked_child(made_in_)) {
    // What the parent's broker is made of stands here half a copy, without its thread and its memory.
    thread_.forget();
    static_cast<void>(new std::optional<broker::Broker>(std::move(broker_)));
    return;
  }
  {
    const std::lock_guard lock(round_);
    if (broker_) broker_->stop();
  }
  thread_.join();
}

Result<void> EmbeddedBroker::start(void (*ended)(EmbeddedBroker& broker)) {
  ended_ = ended;
  auto thread = platform::Thread::start(
      kThreadName, [](void* self) { static_cast<EmbeddedBroker*>(self)->serve(); }, this);
  if (!thread) return Failure(thread.error());
  thread_ = std::move(*thread);
  return {};
}

void EmbeddedBroker::serve() {
  // Without the lock: only this thread ever ends the broker.
  while (broker_->wait(platform::kForever)) {
    const std::lock_guard lock(round_);
    if (broker_->serve()) continue;
    // What cannot be removed is found by the next broker.
    (void)broker_->leave();
    break;
  }
  ended_(*this);
}

void EmbeddedBroker::close() noexcept {
  const std::lock_guard lock(round_);
  broker_.reset();
}

void EmbeddedBroker::leave() noexcept {
  // What cannot be removed is found by the next broker.
  (void)broker_->leave();
  close();
}

void EmbeddedBroker::in_child() noexcept {
  if (broker_) broker_->close_in_child();
  round_.unlock();
}

}  // namespace tarn::host
