#include "middleware/pool/pool_mapping.hpp"

#include <atomic>
#include <utility>

#include "platform/shared_file.hpp"
#include "platform/spinning.hpp"

namespace tarn::pool {

PoolMapping::PoolMapping(platform::FileMapping&& mapping, const PoolGeometry& geometry) noexcept
    : mapping_(std::move(mapping)),
      view_(mapping_.writable_data(), geometry),
      made_in_(platform::current_process_generation()) {}

Result<std::shared_ptr<PoolMapping>> PoolMapping::attach(const platform::FileDescriptor& file,
                                                         bool writable) {
  const auto file_bytes = platform::file_size(file, "pool");
  if (!file_bytes) return Failure(file_bytes.error());
  if (*file_bytes < sizeof(PoolHeaderLayout)) {
    return Failure(
        Error::make(Errc::Corrupt, 0, "the pool has %llu bytes, its header alone needs %zu",
                    static_cast<unsigned long long>(*file_bytes), sizeof(PoolHeaderLayout)));
  }
  auto mapping =
      platform::FileMapping::map_read_only(file, static_cast<std::size_t>(*file_bytes), "pool");
  if (!mapping) return Failure(mapping.error());
  const auto& header = *reinterpret_cast<const PoolHeaderLayout*>(mapping->data());
  const auto geometry = load_geometry(header, *file_bytes);
  if (!geometry) return Failure(geometry.error());
  std::shared_ptr<PoolMapping> pool(new PoolMapping(std::move(*mapping), *geometry));
  if (writable) {
    if (auto bells = pool->grant(geometry->bells_offset(), geometry->bells_bytes()); !bells) {
      return Failure(bells.error());
    }
    // Once for all nodes of the process. Where it is not asked for nobody pays for it.
    if (pool->spins()) pool->sleep_cost_ = platform::measure_sleep_cost();
  }
  return pool;
}

bool PoolMapping::spins() const noexcept {
  // relaxed: nothing hangs on which of two values it was.
  const std::uint32_t spin = std::atomic_ref(view_.header().spin).load(std::memory_order_relaxed);
  return spin == static_cast<std::uint32_t>(Spin::Calibrated);
}

// The header is a page that a wait does not touch otherwise: where nobody measured, nobody looks.
std::chrono::nanoseconds PoolMapping::spin() const noexcept {
  const bool may = sleep_cost_ > std::chrono::nanoseconds::zero() && spins();
  return may ? sleep_cost_ : std::chrono::nanoseconds::zero();
}

Result<void> PoolMapping::grant(std::uint64_t offset, std::uint64_t bytes) {
  return mapping_.make_writable(static_cast<std::size_t>(offset), static_cast<std::size_t>(bytes));
}

void PoolMapping::revoke(std::uint64_t offset, std::uint64_t bytes) noexcept {
  // A refusal leaves the pages writable for a process that has no handle to them any more.
  (void)mapping_.make_read_only(static_cast<std::size_t>(offset), static_cast<std::size_t>(bytes));
}

}  // namespace tarn::pool
