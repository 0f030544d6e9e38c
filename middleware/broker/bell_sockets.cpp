#include "middleware/broker/bell_sockets.hpp"

#include <charconv>
#include <string_view>

#include "platform/datagram_socket.hpp"
#include "platform/runtime_directory.hpp"
#include "platform/shared_file.hpp"

namespace tarn::broker {

namespace {

// Empty for a name that is no number as we write it.
std::optional<std::uint32_t> number_in(std::string_view name) {
  std::uint32_t number = 0;
  const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
  if (parsed.ec != std::errc() || std::to_string(number) != name) return std::nullopt;
  return number;
}

}  // namespace

std::string BellSockets::socket_path(std::uint32_t waiter) const {
  return path_ + "/" + std::to_string(waiter);
}

Result<void> BellSockets::settle(const std::function<bool(std::uint32_t)>& is_living) const {
  const std::uint32_t mode = gid_ ? 0750 : 0700;
  const auto made = platform::make_directory(path_, mode, gid_);
  if (!made) return Failure(made.error());
  if (*made) return {};
  remove_unless(is_living);
  return platform::open_to_group(path_, mode, gid_);
}

Result<platform::FileDescriptor> BellSockets::bind(std::uint32_t waiter) const {
  return platform::bind_datagram_socket(socket_path(waiter), gid_ ? 0660 : 0600, gid_);
}

void BellSockets::remove(std::uint32_t waiter) const noexcept {
  // What cannot be removed is replaced when the waiter's number comes round.
  (void)platform::unlink_file(socket_path(waiter));
}

void BellSockets::remove_all() const {
  remove_unless([](std::uint32_t) { return false; });
  // Best effort: something that is not ours may be in it.
  (void)platform::remove_directory(path_);
}

// Names that are no numbers are not ours.
void BellSockets::remove_unless(const std::function<bool(std::uint32_t)>& is_living) const {
  const auto names = platform::directory_entries(path_);
  if (!names) return;
  for (const std::string& name : *names) {
    const auto waiter = number_in(name);
    if (waiter && !is_living(*waiter)) remove(*waiter);
  }
}

}  // namespace tarn::broker
