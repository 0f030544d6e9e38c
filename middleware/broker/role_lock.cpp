#include "middleware/broker/role_lock.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <span>
#include <utility>

#include "platform/file_lock.hpp"
#include "platform/process_handle.hpp"
#include "platform/shared_file.hpp"

namespace tarn::broker {

namespace {

constexpr std::size_t kPidTextBytes =
    16;  // padded, so that every pid overwrites all of the last one
constexpr int kMostTries = 100;
constexpr std::uint64_t kClaimByte = 64;  // behind the pid; it need not exist

using PidText = std::array<char, kPidTextBytes>;

Error role_taken(const platform::FileDescriptor& file, const std::string& path) {
  PidText text{};
  const auto read = platform::read_file_at(file, 0, std::as_writable_bytes(std::span(text)), path);
  int pid = 0;
  if (read) std::from_chars(text.data(), text.data() + *read, pid);
  if (pid == 0) {
    return Error::make(Errc::RoleTaken, 0,
                       "another process is just becoming the broker of this domain: it holds '%s'",
                       path.c_str());
  }
  return Error::make(Errc::RoleTaken, 0,
                     "this domain has a broker already: pid %d holds '%s'; stop it first, or use "
                     "another domain",
                     pid, path.c_str());
}

Result<void> write_pid(const platform::FileDescriptor& file, const std::string& path) {
  char line[kPidTextBytes + 1];
  std::snprintf(line, sizeof line, "%-15d\n", platform::own_pid());
  return platform::write_file_at(file, 0, std::as_bytes(std::span(line, kPidTextBytes)), path);
}

// Whether the path still names the file that was locked: its last holder may have removed it.
Result<bool> is_current(const platform::FileDescriptor& file, const std::string& path) {
  const auto locked = platform::file_identity(file, path);
  if (!locked) return Failure(locked.error());
  const auto named = platform::path_identity(path);
  if (!named) return Failure(named.error());
  return named->has_value() && **named == *locked;
}

}  // namespace

Result<RoleLock> RoleLock::take(const std::string& path) {
  for (int tries = 0; tries < kMostTries; ++tries) {
    auto file = platform::open_or_create_file(path, 0600);
    if (!file) return Failure(file.error());
    const auto locked = platform::try_lock_file(*file);
    if (!locked) return Failure(locked.error());
    if (!*locked) return Failure(role_taken(*file, path));
    const auto current = is_current(*file, path);
    if (!current) return Failure(current.error());
    if (!*current) continue;
    if (auto written = write_pid(*file, path); !written) return Failure(written.error());
    return RoleLock(path, std::move(*file));
  }
  return Failure(Error::make(Errc::RoleTaken, 0,
                             "'%s' was removed %d times while it was being locked: others take and "
                             "leave the role of broker all the time",
                             path.c_str(), kMostTries));
}

Result<RoleLock> RoleLock::take_unclaimed(const std::string& path) {
  auto lock = take(path);
  if (!lock || !lock->is_claimed()) return lock;
  return Failure(
      Error::make(Errc::RoleTaken, 0,
                  "a daemon waits to become the broker of this domain: it has a claim to "
                  "'%s'",
                  path.c_str()));
}

bool RoleLock::is_claimed() const {
  const auto locked = platform::byte_is_locked(file_, kClaimByte);
  return locked && *locked;
}

Result<RoleClaim> RoleClaim::stake(const std::string& path) {
  auto file = platform::open_or_create_file(path, 0600);
  if (!file) return Failure(file.error());
  const auto locked = platform::try_lock_byte(*file, kClaimByte);
  if (!locked) return Failure(locked.error());
  return RoleClaim(std::move(*file));
}

Result<void> RoleLock::unlink() {
  const auto current = is_current(file_, path_);
  if (!current) return Failure(current.error());
  if (!*current) return {};
  auto unlinked = platform::unlink_file(path_);
  if (!unlinked) return Failure(unlinked.error());
  return {};
}

}  // namespace tarn::broker
