// Hands out ranges of units from a table that lies elsewhere: pages for publisher areas, member
// entries, bytes of type text. First fit, so the low end fills first and the rest stays in one piece;
// freed neighbours join. Private to the broker: a successor rebuilds its own from the records with
// reserve_exact(). One owner, one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tarn::pool {

class RangeAllocator {
 public:
  RangeAllocator() = default;  // has nothing
  // All of [first, first + count) is free.
  RangeAllocator(std::uint32_t first, std::uint32_t count);

  // The first unit of a range of `count`; empty when no free range is that long.
  // Requires: count > 0.
  [[nodiscard]] std::optional<std::uint32_t> allocate(std::uint32_t count);

  // Takes just this range, which a record says is in use. False, and nothing taken, when it is empty,
  // not inside the table, or partly taken already: two records must not own one unit.
  [[nodiscard]] bool reserve_exact(std::uint32_t first, std::uint32_t count);

  // Requires: every unit of the range is taken; more than one allocation may be freed at once.
  void free(std::uint32_t first, std::uint32_t count);

  [[nodiscard]] std::uint32_t free_total() const noexcept { return free_total_; }
  [[nodiscard]] std::uint32_t largest_free() const noexcept;
  [[nodiscard]] std::uint32_t capacity() const noexcept { return count_; }
  [[nodiscard]] std::uint32_t used() const noexcept { return count_ - free_total_; }

 private:
  struct Extent {
    std::uint32_t first;
    std::uint32_t count;
  };
  // The first free extent that ends behind `unit`.
  [[nodiscard]] std::size_t position_behind(std::uint32_t unit) const noexcept;

  std::uint32_t first_ = 0;
  std::uint32_t count_ = 0;
  std::uint32_t free_total_ = 0;
  // Sorted, disjoint and never adjacent: at most one more than there are taken ranges.
  std::vector<Extent> free_;
};

}  // namespace tarn::pool
