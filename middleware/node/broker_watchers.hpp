// Those in this process who want to know at once when the broker goes: each has an fd that becomes
// readable with it. Knows the connection by its fd, and nothing of what it carries. Owned by a session,
// and used under its lock. Those who watch outlive it here: they say when they end.
#pragma once

#include <vector>

#include "platform/any_ready.hpp"

namespace tarn::node {

// The bit under which a watcher sees that the broker has gone.
inline constexpr std::uint32_t kBrokerGone = 1U << 31;

class BrokerWatchers {
 public:
  [[nodiscard]] Result<void> add(platform::AnyReady& watcher);
  void remove(platform::AnyReady& watcher) noexcept;

  // There is a connection from now on. Who cannot watch it, for want of kernel memory, learns of its end
  // by asking.
  void connected(int socket) noexcept;
  // It is about to be closed. Taken out of every list here, since a forked child may keep it open: the
  // kernel would go on reporting that it hung up.
  void closing() noexcept;

 private:
  std::vector<platform::AnyReady*> watchers_;
  int socket_ = -1;
};

}  // namespace tarn::node
