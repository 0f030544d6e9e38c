// A mapped pool and its geometry: turns indices into places. It owns nothing and checks every index
// against the geometry, since indices come from other processes. Any thread may use it; whether a
// place may be written is up to the mapping.
#pragma once

#include <cstddef>
#include <cstdint>

#include "middleware/pool/pool_geometry.hpp"

namespace tarn::pool {

class PoolView {
 public:
  PoolView() noexcept = default;
  PoolView(std::byte* base, const PoolGeometry& geometry) noexcept
      : base_(base), geometry_(geometry) {}

  [[nodiscard]] const PoolGeometry& geometry() const noexcept { return geometry_; }
  [[nodiscard]] std::byte* base() const noexcept { return base_; }
  [[nodiscard]] PoolHeaderLayout& header() const noexcept {
    return *reinterpret_cast<PoolHeaderLayout*>(base_);
  }

  // The record, or nullptr for an index beyond the table.
  template <typename Record>
  [[nodiscard]] Record* record(const TablePlace& table, std::uint32_t index) const noexcept {
    if (index >= table.count || table.record_bytes != sizeof(Record)) return nullptr;
    return reinterpret_cast<Record*>(base_ + table.offset + std::uint64_t{index} * sizeof(Record));
  }
  // A line of the subscriber blocks as what it is, or nullptr beyond them.
  template <typename Line>
  [[nodiscard]] Line* line(std::uint32_t index) const noexcept {
    if (index >= geometry_.line_count()) return nullptr;
    return reinterpret_cast<Line*>(base_ + geometry_.line_offset(index));
  }
  // `bytes` at `offset` if they lie in the publisher areas, else nullptr.
  [[nodiscard]] std::byte* area(std::uint64_t offset, std::uint64_t bytes) const noexcept {
    const auto first = geometry_.areas.offset;
    const auto last = geometry_.pool_bytes;
    if (offset < first || offset > last || bytes > last - offset) return nullptr;
    return base_ + offset;
  }

 private:
  std::byte* base_ = nullptr;
  PoolGeometry geometry_;
};

}  // namespace tarn::pool
