#include "middleware/broker/liveness.hpp"

#include <cerrno>
#include <utility>

#include "platform/file_lock.hpp"

namespace tarn::broker {

namespace {

bool is_gone(const Error& error) noexcept {
  return error.system_errno() == ENOENT || error.system_errno() == ESRCH;
}

}  // namespace

bool is_numbered_here(const ClientRecordLayout& record) noexcept {
  return record.pid > 0 && record.start_time != 0 && record.numbering != 0 &&
         record.numbering == platform::process_numbering();
}

bool holds_alive_byte(std::uint32_t client, const platform::FileDescriptor& alive) {
  const auto locked = platform::byte_is_locked(alive, alive_byte(client));
  return !locked || *locked;
}

Liveness check_liveness(const ClientRecordLayout& record, std::uint32_t client,
                        const platform::FileDescriptor& alive) {
  if (!is_numbered_here(record)) {
    return {.alive = holds_alive_byte(client, alive), .process = {}};
  }
  auto process = platform::ProcessHandle::open(record.pid);
  if (!process && process.error().system_errno() == ESRCH) return {};
  if (!process) return {.alive = holds_alive_byte(client, alive), .process = {}};
  const auto started = platform::process_start_time(record.pid);
  // No descriptor left to ask with is no answer.
  if (!started && !is_gone(started.error())) {
    return {.alive = holds_alive_byte(client, alive), .process = {}};
  }
  if (!started || *started != record.start_time || process->is_dead()) return {};
  // A process keeps pid and start when it becomes another program, but no lock.
  if (!holds_alive_byte(client, alive)) return {};
  return {.alive = true, .process = std::move(*process)};
}

}  // namespace tarn::broker
