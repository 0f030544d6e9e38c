#include "platform/service_manager.hpp"

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "platform/process_handle.hpp"
#include "platform/system_call.hpp"

namespace tarn::platform {

namespace {

constexpr int kSignsInALimit = 2;  // one may get lost

Failure notice_failure(int error, std::string_view socket_path) {
  return Failure(Error::make(code_of(error), error, "cannot tell the service manager at %.*s",
                             static_cast<int>(socket_path.size()), socket_path.data()));
}

bool can_be_a_name(std::string_view socket_path) {
  return (socket_path.front() == '@' || socket_path.front() == '/') &&
         socket_path.size() < sizeof(sockaddr_un::sun_path);
}

// The whole text as a number that is not 0; else 0.
std::uint64_t number_in(std::string_view text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  return read.ec == std::errc() && read.ptr == end ? number : 0;
}

// 0: nobody waits for a sign of this process.
std::chrono::nanoseconds watchdog_limit(const ServiceEnvironment& environment) {
  const auto pid = static_cast<std::uint64_t>(own_pid());
  if (!environment.watchdog_pid.empty() && number_in(environment.watchdog_pid) != pid) return {};
  const std::uint64_t most = std::numeric_limits<std::int64_t>::max() / 1000;
  return std::chrono::microseconds(
      static_cast<std::int64_t>(std::min(number_in(environment.watchdog_usec), most)));
}

}  // namespace

ServiceManager::ServiceManager(std::string path, FileDescriptor socket,
                               std::chrono::nanoseconds between_signs) noexcept
    : path_(std::move(path)),
      socket_(std::move(socket)),
      between_signs_(between_signs),
      next_sign_(between_signs.count() > 0 ? monotonic_now() : kForever) {}

Result<ServiceManager> ServiceManager::find(const ServiceEnvironment& environment) {
  const std::string& path = environment.notify_socket;
  if (path.empty()) return ServiceManager();
  if (!can_be_a_name(path)) return notice_failure(EINVAL, path);
  FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return notice_failure(errno, path);
  return ServiceManager(path, std::move(socket), watchdog_limit(environment) / kSignsInALimit);
}

Result<void> ServiceManager::send(std::string_view state, bool waits) {
  if (!socket_) return {};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.copy(address.sun_path, sizeof address.sun_path - 1);
  // The name of an abstract socket starts with a NUL and has no end but its length.
  const bool abstract = path_.front() == '@';
  if (abstract) address.sun_path[0] = '\0';
  const auto length =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size() + (abstract ? 0 : 1));
  const auto sent = retry_interrupted([&] {
    return ::sendto(socket_.get(), state.data(), state.size(),
                    MSG_NOSIGNAL | (waits ? 0 : MSG_DONTWAIT),
                    reinterpret_cast<const sockaddr*>(&address), length);
  });
  if (sent < 0) return notice_failure(errno, path_);
  return {};
}

// The manager may want to know which of two reloads has ended.
Result<void> ServiceManager::reloading() {
  return tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic_nanoseconds() / 1000));
}

Result<void> ServiceManager::starting(std::chrono::microseconds limit) {
  return tell("EXTEND_TIMEOUT_USEC=" + std::to_string(limit.count()));
}

Result<void> ServiceManager::status(std::string_view text) {
  return tell("STATUS=" + std::string(text));
}

void ServiceManager::give_sign(MonotonicTime now) noexcept {
  if (now < next_sign_) return;
  next_sign_ = add_saturating(now, between_signs_);
  (void)send("WATCHDOG=1", false);
}

}  // namespace tarn::platform
