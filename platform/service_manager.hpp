// The service manager that started this process, if one did: hears what state the service is in
// (sd_notify(3)) and, where it asked for that, that the service still works (sd_watchdog_enabled(3)).
// Without its library. Knows the protocol, not what the service does. One owner, one thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include <tarn/result.hpp>

#include "platform/clock.hpp"
#include "platform/file_descriptor.hpp"

namespace tarn::platform {

// What the manager put into the environment of its service; empty where it did not.
struct ServiceEnvironment {
  std::string notify_socket{};  // NOTIFY_SOCKET: a path, or an abstract name ('@')
  std::string watchdog_usec{};  // WATCHDOG_USEC: longer without a sign of life is a death
  std::string watchdog_pid{};   // WATCHDOG_PID: whose signs those are
};

class ServiceManager {
 public:
  ServiceManager() noexcept = default;  // there is none: every call succeeds

  // Keeps a descriptor for its lifetime: who has none left is not dead.
  [[nodiscard]] static Result<ServiceManager> find(const ServiceEnvironment& environment);

  [[nodiscard]] Result<void> ready() { return tell("READY=1"); }
  [[nodiscard]] Result<void> stopping() { return tell("STOPPING=1"); }
  // Until the next ready().
  [[nodiscard]] Result<void> reloading();
  // Before ready(): it is on its way, and may be for another `limit`.
  [[nodiscard]] Result<void> starting(std::chrono::microseconds limit);
  // For people: what the service does now.
  [[nodiscard]] Result<void> status(std::string_view text);

  // When the next sign of life is due; kForever where nobody waits for one.
  [[nodiscard]] MonotonicTime next_sign() const noexcept { return next_sign_; }
  // To be called from the loop whose life it is about, at least that often; tells when it is due. One
  // that cannot be told without waiting is left out: it comes again before it is missed.
  void give_sign(MonotonicTime now) noexcept;

 private:
  ServiceManager(std::string path, FileDescriptor socket,
                 std::chrono::nanoseconds between_signs) noexcept;

  Result<void> tell(std::string_view state) { return send(state, true); }
  Result<void> send(std::string_view state, bool waits);

  std::string path_;
  FileDescriptor socket_;  // not valid: there is no manager
  std::chrono::nanoseconds between_signs_{};
  MonotonicTime next_sign_ = kForever;
};

}  // namespace tarn::platform
