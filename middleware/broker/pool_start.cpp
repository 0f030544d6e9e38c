#include "middleware/broker/pool_start.hpp"

#include <algorithm>
#include <cinttypes>
#include <string>
#include <utility>
#include <vector>

#include <tarn/limits.hpp>

#include "middleware/broker/adoption.hpp"
#include "middleware/broker/check_options.hpp"
#include "middleware/broker/configuration_keys.hpp"
#include "middleware/broker/liveness.hpp"
#include "middleware/directory/directory_writer.hpp"
#include "middleware/plan/memory_plan.hpp"
#include "middleware/pool/pool_geometry.hpp"
#include "platform/file_mapping.hpp"
#include "platform/file_users.hpp"
#include "platform/process_handle.hpp"

namespace tarn::broker {

namespace {

constexpr std::size_t kMostPidsNamed = 16;

Result<StartedPool> build(const BrokerOptions& options, const pool::DomainPaths& paths,
                          PoolOrigin origin) {
  if (options.unusable) return Failure(*options.unusable);
  const auto plan = plan_of(options, static_cast<std::uint32_t>(platform::page_bytes()));
  if (!plan) return Failure(plan.error());
  if (auto checked = plan::check_plan(*plan); !checked) return Failure(checked.error());
  const auto geometry = pool::plan_geometry(plan->limits, plan->pool_bytes,
                                            static_cast<std::uint32_t>(platform::page_bytes()));
  if (!geometry) return Failure(geometry.error());
  const auto areas = Areas::plan(plan->topics, *geometry);
  if (!areas) return Failure(areas.error());
  auto file = pool::PoolFile::build(paths, options.domain, *geometry);
  if (!file) return Failure(file.error());
  PlannedRanges members(geometry->members.count);
  for (const WantedPlaces& wanted : member_places(plan->topics)) {
    // The plan has seen to it that there is room.
    (void)members.keep(wanted);
  }
  StoredConfiguration configuration{
      .options = options, .areas = areas->extents(), .members = members.extents()};
  store_configuration(configuration, file->view());
  return StartedPool{
      .file = std::move(*file), .configuration = std::move(configuration), .origin = origin};
}

// Of another layout nothing but the liveness bytes can be read.
bool any_alive_byte(const platform::FileDescriptor& alive) {
  for (std::uint32_t client = 0; client < kMaxClients; ++client) {
    if (holds_alive_byte(client, alive)) return true;
  }
  return false;
}

std::string users_of(const pool::DomainPaths& paths) {
  const auto identity = platform::path_identity(paths.pool);
  std::string text;
  if (identity && *identity) {
    for (const std::int32_t pid : platform::processes_mapping(**identity, kMostPidsNamed)) {
      if (pid == platform::own_pid()) continue;
      text += (text.empty() ? "" : ", ") + std::to_string(pid);
    }
  }
  return text.empty() ? "that cannot be seen from here" : text;
}

Error foreign_layout(const Error& found, const pool::DomainPaths& paths) {
  return Error::make(Errc::VersionMismatch, 0,
                     "%s; it is used by pids %s: stop them first, then a new pool is made",
                     found.message(), users_of(paths).c_str());
}

// Which keys the pool that was taken over does not follow.
void tell_differences(const BrokerOptions& options, const BrokerOptions& stored,
                      const pool::PoolGeometry& kept, Journal& journal) {
  std::vector<std::string> keys = waiting_keys(options, stored, kept);
  if (!keys.empty()) {
    journal.warn(
        "the pool that was taken over keeps its sizes; these keys wait for a restart without "
        "clients: "
        "%s",
        listed(keys).c_str());
  }
  keys = changed_keys(options, stored);
  if (keys.empty()) return;
  journal.warn(
      "the pool that was taken over keeps its configuration; these keys wait for a reload, or for "
      "a "
      "restart without clients: %s",
      listed(keys).c_str());
}

bool can_be_replaced(Errc code) {
  return code == Errc::Corrupt || code == Errc::DomainReset || code == Errc::ProtocolError;
}

}  // namespace

Result<StartedPool> start_pool(const BrokerOptions& options, const pool::DomainPaths& paths,
                               const platform::FileDescriptor& alive, Journal& journal) {
  auto found = pool::PoolFile::open(paths, options.domain);
  if (!found && found.error().code() == Errc::VersionMismatch) {
    if (any_alive_byte(alive)) return Failure(foreign_layout(found.error(), paths));
    return build(options, paths, PoolOrigin::Recreated);
  }
  if (!found && can_be_replaced(found.error().code())) {
    journal.warn("a new pool takes the place of one that is of no use: %s",
                 found.error().message());
    return build(options, paths, PoolOrigin::Recreated);
  }
  if (!found) return Failure(found.error());
  if (!*found) return build(options, paths, PoolOrigin::Created);
  if (has_live_client((*found)->view(), alive)) {
    const pool::PoolView& view = (*found)->view();
    auto stored = load_configuration(view, options);
    if (!stored) return Failure(stored.error());
    if (options.unusable) {
      journal.warn("the pool's own configuration goes on; ours cannot be used: %s",
                   options.unusable->message());
    } else {
      tell_differences(options, stored->options, view.geometry(), journal);
    }
    return StartedPool{.file = std::move(**found),
                       .configuration = std::move(*stored),
                       .origin = PoolOrigin::Adopted};
  }
  // Observers that still look at it learn that it is gone; its memory is free for the next. So does whoever
  // lives against all signs, because somebody removed the file of the locks.
  if (auto removed = (*found)->unlink(); !removed) return Failure(removed.error());
  directory::DirectoryWriter((*found)->view()).announce_reset();
  found->reset();
  return build(options, paths, PoolOrigin::Recreated);
}

}  // namespace tarn::broker
