#include "tests/support/domain/pool_usage.hpp"

#include <ostream>
#include <stdexcept>

#include "middleware/directory/records_layout.hpp"
#include "middleware/ring/atomics.h"
#include "middleware/ring/ring_layout.hpp"
#include "platform/shared_file.hpp"
#include "tests/support/watchdog.hpp"

namespace tarn::test {

namespace {

// relaxed, here and below: counts only, and the caller looks until they stand still.
template <typename Record>
std::uint32_t in_use(const pool::PoolView& view, const pool::TablePlace& table) {
  std::uint32_t count = 0;
  for (std::uint32_t index = 0; index < table.count; ++index) {
    const std::uint64_t state = tarn_load_relaxed_u64(&view.record<Record>(table, index)->state);
    if (directory::record_state(state) != directory::RecordState::Free) ++count;
  }
  return count;
}

std::uint32_t members_in_use(const pool::PoolView& view) {
  const pool::TablePlace& table = view.geometry().members;
  std::uint32_t count = 0;
  for (std::uint32_t index = 0; index < table.count; ++index) {
    const auto* entry = view.record<directory::MemberEntryLayout>(table, index);
    if (directory::member_active(tarn_load_relaxed_u64(&entry->member))) ++count;
  }
  return count;
}

std::uint32_t blocks_in_use(const pool::PoolView& view) {
  const pool::TablePlace& table = view.geometry().block_owners;
  std::uint32_t count = 0;
  for (std::uint32_t index = 0; index < table.count; ++index) {
    if (tarn_load_relaxed_u32(view.record<std::uint32_t>(table, index)) != 0) ++count;
  }
  return count;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const PoolUsage& usage) {
  return out << usage.clients << " clients, " << usage.topics << " topics, " << usage.rings
             << " rings, " << usage.subscribers << " subscribers, " << usage.waiters << " waiters, "
             << usage.members << " members, " << usage.blocks << " blocks, " << usage.area_bytes
             << " bytes of areas, " << usage.orphan_bytes << " of them orphans";
}

PoolObserver::PoolObserver(const std::string& runtime_directory) {
  const std::string path = runtime_directory + "/pool";
  const auto file = platform::open_file(path, platform::FileAccess::ReadOnly);
  if (!file) throw std::runtime_error(file.error().message());
  auto mapping = pool::PoolMapping::attach(*file, false);
  if (!mapping) throw std::runtime_error(mapping.error().message());
  mapping_ = std::move(*mapping);
}

PoolUsage PoolObserver::usage() const {
  const pool::PoolView& view = mapping_->view();
  const pool::PoolGeometry& geometry = view.geometry();
  return {.clients = in_use<directory::ClientRecordLayout>(view, geometry.clients),
          .topics = in_use<directory::TopicRecordLayout>(view, geometry.topics),
          .rings = in_use<directory::RingRecordLayout>(view, geometry.rings),
          .subscribers = in_use<directory::SubscriberRecordLayout>(view, geometry.subscribers),
          .waiters = in_use<directory::WaiterRecordLayout>(view, geometry.waiters),
          .members = members_in_use(view),
          .blocks = blocks_in_use(view),
          .area_bytes = tarn_load_relaxed_u64(&header().area_bytes_used),
          .orphan_bytes = tarn_load_relaxed_u64(&header().orphan_bytes)};
}

std::uint64_t PoolObserver::safety_wakeups() const {
  const pool::PoolView& pool = mapping_->view();
  const pool::PoolGeometry& geometry = pool.geometry();
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < geometry.bells.count; ++i) {
    sum += tarn_load_relaxed_u32(&pool.record<ring::BellLayout>(geometry.bells, i)->safety_wakeups);
  }
  for (std::uint32_t i = 0; i < geometry.ring_bells.count; ++i) {
    sum += tarn_load_relaxed_u32(
        &pool.record<ring::RingBellLayout>(geometry.ring_bells, i)->safety_wakeups);
  }
  return sum;
}

bool PoolObserver::becomes_empty() const {
  return wait_until([this] { return usage() == PoolUsage{}; });
}

}  // namespace tarn::test
