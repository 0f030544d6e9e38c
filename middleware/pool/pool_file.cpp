#include "middleware/pool/pool_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <limits>

#include "middleware/pool/pool_state.hpp"
#include "platform/random.hpp"

namespace tarn::pool {

namespace {

constexpr std::uint32_t kOwnerOnly = 0600;
constexpr std::uint32_t kMonotonicClock = 1;  // clockid of CLOCK_MONOTONIC

std::string_view domain_of(const PoolHeaderLayout& header) noexcept {
  const std::string_view whole(header.domain, kDomainNameBytes);
  return whole.substr(0, whole.find('\0'));
}

void write_header(const PoolGeometry& geometry, std::string_view domain,
                  PoolHeaderLayout& header) noexcept {
  store_geometry(geometry, header);
  header.stamp_clock = kMonotonicClock;
  const std::size_t length = std::min(domain.size(), kDomainNameBytes - 1);
  std::copy_n(domain.data(), length, header.domain);
  store_pool_state(header, PoolState::Ready);
}

// The whole file, where this process can address that much.
Result<platform::FileMapping> map_whole(const platform::FileDescriptor& file, std::uint64_t bytes,
                                        const std::string& path) {
  if (bytes > std::numeric_limits<std::size_t>::max()) {
    return Failure(Error::make(Errc::OutOfMemory, 0,
                               "%s has %llu bytes, more than a process of this kind can map: "
                               "lower pool.size",
                               path.c_str(), static_cast<unsigned long long>(bytes)));
  }
  return platform::FileMapping::map_writable(file, static_cast<std::size_t>(bytes), path.c_str());
}

Result<void> check_use(const PoolHeaderLayout& header, std::string_view domain,
                       const std::string& path) {
  switch (load_pool_state(header)) {
    case PoolState::Ready:
      break;
    case PoolState::Gone:
      return Failure(
          Error::make(Errc::DomainReset, 0, "%s was given up by its last broker", path.c_str()));
    default:
      return Failure(
          Error::make(Errc::Corrupt, 0, "%s was never completed: remove it", path.c_str()));
  }
  const std::string_view found = domain_of(header);
  if (found == domain) return {};
  return Failure(Error::make(Errc::InvalidRuntime, 0,
                             "%s belongs to another domain than '%.*s': use a runtime directory "
                             "for each domain",
                             path.c_str(), static_cast<int>(domain.size()), domain.data()));
}

}  // namespace

Result<PoolFile> PoolFile::build(const DomainPaths& paths, std::string_view domain,
                                 const PoolGeometry& geometry) {
  const auto removed = platform::unlink_file(paths.new_pool);
  if (!removed) return Failure(removed.error());
  auto file = platform::create_file(paths.new_pool, kOwnerOnly);
  if (!file) return Failure(file.error());
  PoolFile pool(paths, std::move(*file));
  const auto filled = pool.fill(domain, geometry);
  if (!filled) {
    // The error that matters is the one in hand.
    (void)platform::unlink_file(paths.new_pool);
    return Failure(filled.error());
  }
  return pool;
}

Result<void> PoolFile::fill(std::string_view domain, PoolGeometry geometry) {
  const auto backed = platform::allocate(file_, geometry.pool_bytes, paths_.new_pool);
  if (!backed) return backed;
  auto mapping = map_whole(file_, geometry.pool_bytes, paths_.new_pool);
  if (!mapping) return Failure(mapping.error());
  const auto pool_id = platform::random_u64();
  if (!pool_id) return Failure(pool_id.error());
  geometry.pool_id = *pool_id;
  mapping_ = std::move(*mapping);
  view_ = PoolView(mapping_.writable_data(), geometry);
  write_header(geometry, domain, view_.header());
  return platform::rename_file(paths_.new_pool, paths_.pool);
}

Result<std::optional<PoolFile>> PoolFile::open(const DomainPaths& paths, std::string_view domain) {
  auto file = platform::open_file(paths.pool, platform::FileAccess::ReadWrite);
  if (!file && file.error().system_errno() == ENOENT) return std::nullopt;
  if (!file) return Failure(file.error());
  const auto file_bytes = platform::file_size(*file, paths.pool);
  if (!file_bytes) return Failure(file_bytes.error());
  if (*file_bytes < sizeof(PoolHeaderLayout)) {
    return Failure(Error::make(Errc::Corrupt, 0, "%s has %llu bytes, its header alone needs %zu",
                               paths.pool.c_str(), static_cast<unsigned long long>(*file_bytes),
                               sizeof(PoolHeaderLayout)));
  }
  PoolFile pool(paths, std::move(*file));
  auto mapping = map_whole(pool.file_, *file_bytes, paths.pool);
  if (!mapping) return Failure(mapping.error());
  pool.mapping_ = std::move(*mapping);
  const auto& header = *reinterpret_cast<const PoolHeaderLayout*>(pool.mapping_.data());
  const auto geometry = load_geometry(header, *file_bytes);
  if (!geometry) return Failure(geometry.error());
  const auto usable = check_use(header, domain, paths.pool);
  if (!usable) return Failure(usable.error());
  pool.view_ = PoolView(pool.mapping_.writable_data(), *geometry);
  return pool;
}

void PoolFile::give_up() noexcept { store_pool_state(view_.header(), PoolState::Gone); }

Result<void> PoolFile::unlink() {
  give_up();
  const auto named = platform::path_identity(paths_.pool);
  if (!named) return Failure(named.error());
  const auto mine = platform::file_identity(file_, paths_.pool);
  if (!mine) return Failure(mine.error());
  if (*named != *mine) return {};
  const auto removed = platform::unlink_file(paths_.pool);
  if (!removed) return Failure(removed.error());
  return {};
}

Result<platform::FileDescriptor> PoolFile::open_read_only() const {
  auto file = platform::open_file(paths_.pool, platform::FileAccess::ReadOnly);
  if (!file) return file;
  const auto named = platform::file_identity(*file, paths_.pool);
  if (!named) return Failure(named.error());
  const auto mine = platform::file_identity(file_, paths_.pool);
  if (!mine) return Failure(mine.error());
  if (*named == *mine) return file;
  return Failure(Error::make(Errc::DomainReset, 0, "%s is another file than this broker's pool",
                             paths_.pool.c_str()));
}

}  // namespace tarn::pool
