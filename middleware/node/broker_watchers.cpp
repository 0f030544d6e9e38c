#include "middleware/node/broker_watchers.hpp"

#include <utility>

namespace tarn::node {

Result<void> BrokerWatchers::add(platform::AnyReady& watcher) {
  watchers_.push_back(&watcher);
  if (socket_ < 0) return {};
  auto added = watcher.add(socket_, platform::Interest::None, kBrokerGone);
  if (!added) watchers_.pop_back();
  return added;
}

void BrokerWatchers::remove(platform::AnyReady& watcher) noexcept {
  std::erase(watchers_, &watcher);
  if (socket_ >= 0) watcher.remove(socket_);
}

void BrokerWatchers::connected(int socket) noexcept {
  socket_ = socket;
  for (platform::AnyReady* const watcher : watchers_) {
    (void)watcher->add(socket, platform::Interest::None, kBrokerGone);
  }
}

void BrokerWatchers::closing() noexcept {
  if (socket_ < 0) return;
  for (platform::AnyReady* const watcher : watchers_) watcher->remove(socket_);
  socket_ = -1;
}

}  // namespace tarn::node
