#include "middleware/pool/configuration_halves.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

#include <tarn/detail/assert.hpp>

namespace tarn::pool {

namespace {

constexpr std::uint32_t kHalves = 2;
constexpr std::uint32_t kRoomToGrow = 2;

std::span<std::byte> half(const PoolView& pool, std::uint32_t number) noexcept {
  const std::uint32_t bytes = configuration_half_bytes(pool.geometry());
  auto* const table = pool.record<std::byte>(pool.geometry().configuration, 0);
  return {table + std::size_t{number % kHalves} * bytes, bytes};
}

}  // namespace

std::uint32_t configuration_table_bytes(std::uint32_t bytes) noexcept {
  const std::uint32_t room = std::max(kLeastHalfBytes, bytes * kRoomToGrow);
  return (room + kLineBytes - 1) / kLineBytes * kLineBytes * kHalves;
}

std::uint32_t configuration_half_bytes(const PoolGeometry& geometry) noexcept {
  return geometry.configuration.count / kHalves;
}

std::uint32_t configuration_number(const PoolView& pool) noexcept {
  // order(pool.configuration): acquire. Pairs with replace_configuration(): the bytes of the half that
  // this number names are all there.
  return std::atomic_ref(pool.header().configuration_number).load(std::memory_order_acquire);
}

std::span<const std::byte> current_configuration(const PoolView& pool) noexcept {
  return half(pool, configuration_number(pool));
}

void put_first_configuration(const PoolView& pool, std::span<const std::byte> bytes) noexcept {
  const auto place = half(pool, 0);
  TARN_ASSERT(bytes.size() <= place.size());
  std::memcpy(place.data(), bytes.data(), bytes.size());
}

Result<void> replace_configuration(const PoolView& pool, std::span<const std::byte> bytes) {
  const std::uint32_t next = configuration_number(pool) + 1;
  const auto place = half(pool, next);
  if (bytes.size() > place.size()) {
    return Failure(
        Error::make(Errc::InvalidConfig, 0,
                    "the configuration has %zu bytes in the pool's own form, and the pool was made "
                    "with room for "
                    "%zu: list less, or end all its programs, so that a new pool is made",
                    bytes.size(), place.size()));
  }
  std::memcpy(place.data(), bytes.data(), bytes.size());
  // order(pool.configuration): release. Publishes the half written above to configuration_number().
  // Weaker, a successor could go by a half that is not all there.
  std::atomic_ref(pool.header().configuration_number).store(next, std::memory_order_release);
  return {};
}

}  // namespace tarn::pool
