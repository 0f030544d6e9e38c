// The sockets of waiters that sleep in poll: <runtime>/bells/<waiter>. The broker makes them, since only
// it may write to the runtime directory, and keeps no end of any: the bound one is the waiter's, and who
// rings sends to the path. A path stays as long as its waiter, over a broker's death and restart too.
// Knows paths, not who has which waiter. Owned by the broker; one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include <tarn/result.hpp>

#include "platform/file_descriptor.hpp"

namespace tarn::broker {

class BellSockets {
 public:
  // Of the directory at `path`, for everybody who may enter the runtime directory.
  BellSockets(std::string path, std::optional<std::uint32_t> gid)
      : path_(std::move(path)), gid_(gid) {}

  // Makes the directory, or takes over the one a former broker made, with the rights and the group that
  // the runtime directory has. Removes the sockets of those who are not among the living.
  [[nodiscard]] Result<void> settle(
      const std::function<bool(std::uint32_t waiter)>& is_living) const;

  // The bound end of this waiter's socket, the only one there is. InvalidRuntime where the path would be
  // too long for a socket; System where this process has no descriptor left.
  [[nodiscard]] Result<platform::FileDescriptor> bind(std::uint32_t waiter) const;
  // Its waiter has ended. Nothing to do for one that had no socket.
  void remove(std::uint32_t waiter) const noexcept;

  // The directory and what is in it: the domain ends.
  void remove_all() const;

 private:
  void remove_unless(const std::function<bool(std::uint32_t waiter)>& is_living) const;
  [[nodiscard]] std::string socket_path(std::uint32_t waiter) const;

  std::string path_;
  std::optional<std::uint32_t> gid_;
};

}  // namespace tarn::broker
