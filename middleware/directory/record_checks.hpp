// What a record must satisfy before anybody uses its numbers: ranges inside their tables, areas inside
// the pool, sizes that multiply without overflow. For readers, which take every record as input, and
// for a broker that takes over the records of another. Free functions; any thread.
#pragma once

#include <cstdint>
#include <optional>

#include "middleware/directory/records_layout.hpp"
#include "middleware/pool/pool_geometry.hpp"
#include "middleware/pool/pool_view.hpp"
#include "middleware/ring/private_ring.hpp"
#include "middleware/ring/ring_view.hpp"

namespace tarn::directory {

[[nodiscard]] bool holds(const ClientRecordLayout& record,
                         const pool::PoolGeometry& geometry) noexcept;
[[nodiscard]] bool holds(const TopicRecordLayout& record,
                         const pool::PoolGeometry& geometry) noexcept;
[[nodiscard]] bool holds(const RingRecordLayout& record,
                         const pool::PoolGeometry& geometry) noexcept;
[[nodiscard]] bool holds(const SubscriberRecordLayout& record,
                         const pool::PoolGeometry& geometry) noexcept;
[[nodiscard]] bool holds(const WaiterRecordLayout& record,
                         const pool::PoolGeometry& geometry) noexcept;
[[nodiscard]] bool holds(const PatternRecordLayout& record,
                         const pool::PoolGeometry& geometry) noexcept;

// Whether the private rings lie between slots and end of the area, where there are any. Of a depth and a
// slot that hold.
[[nodiscard]] bool private_rings_hold(const RingRecordLayout& ring) noexcept;

// Lines that `held` pins take.
[[nodiscard]] std::uint32_t pin_lines_for(std::uint32_t held) noexcept;

// Where the ring of a record lies in a mapping. Requires: holds(record).
[[nodiscard]] ring::RingView view_of(const RingRecordLayout& record,
                                     const pool::PoolView& view) noexcept;
// The private ring of the member at `place`, where there are any. Requires: as view_of().
[[nodiscard]] std::optional<ring::PrivateRing> private_ring_of(const RingRecordLayout& record,
                                                               std::uint32_t place,
                                                               const pool::PoolView& view) noexcept;

}  // namespace tarn::directory
