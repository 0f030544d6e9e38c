// The place for the broker's configuration in a pool: two halves, of which a word in the header says which
// one holds. A new configuration is written to the other, and the word is the last of it: a broker that
// dies on the way leaves the old one whole, and one that dies behind it the new one. Knows bytes, not what
// they say. The broker writes; its successor reads; one thread of each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <tarn/result.hpp>

#include "middleware/pool/pool_view.hpp"

namespace tarn::pool {

// Bytes of the table in a new pool whose first configuration has `bytes`: each half has room for twice
// as much, and for kLeastHalfBytes, so that a later one may say more. Whole lines.
inline constexpr std::uint32_t kLeastHalfBytes = 4096;
[[nodiscard]] std::uint32_t configuration_table_bytes(std::uint32_t bytes) noexcept;

// What a configuration may have in this pool.
[[nodiscard]] std::uint32_t configuration_half_bytes(const PoolGeometry& geometry) noexcept;

// The number of the configuration that holds: how many have taken another's place.
[[nodiscard]] std::uint32_t configuration_number(const PoolView& pool) noexcept;

// The half that holds, without a byte of the other.
[[nodiscard]] std::span<const std::byte> current_configuration(const PoolView& pool) noexcept;

// For a pool that nobody knows yet. Requires: the half has room.
void put_first_configuration(const PoolView& pool, std::span<const std::byte> bytes) noexcept;

// Makes `bytes` what holds, and the number one more. InvalidConfig, naming what it has and what it may
// have, leaves everything as it is.
[[nodiscard]] Result<void> replace_configuration(const PoolView& pool,
                                                 std::span<const std::byte> bytes);

}  // namespace tarn::pool
