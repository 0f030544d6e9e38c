#include "middleware/pool/range_allocator.hpp"

#include <algorithm>

#include <tarn/detail/assert.hpp>

namespace tarn::pool {

RangeAllocator::RangeAllocator(std::uint32_t first, std::uint32_t count)
    : first_(first), count_(count), free_total_(count) {
  TARN_ASSERT(count <= UINT32_MAX - first);
  if (count > 0) free_.push_back({.first = first, .count = count});
}

std::size_t RangeAllocator::position_behind(std::uint32_t unit) const noexcept {
  const auto found = std::partition_point(free_.begin(), free_.end(), [unit](const Extent& extent) {
    return extent.first + extent.count <= unit;
  });
  return static_cast<std::size_t>(found - free_.begin());
}

std::optional<std::uint32_t> RangeAllocator::allocate(std::uint32_t count) {
  TARN_ASSERT(count > 0);
  const auto found = std::find_if(free_.begin(), free_.end(),
                                  [count](const Extent& extent) { return extent.count >= count; });
  if (found == free_.end()) return std::nullopt;
  const std::uint32_t first = found->first;
  found->first += count;
  found->count -= count;
  if (found->count == 0) free_.erase(found);
  free_total_ -= count;
  return first;
}

bool RangeAllocator::reserve_exact(std::uint32_t first, std::uint32_t count) {
  // The sum below could overflow for a range that somebody made up.
  if (count == 0 || first < first_ || count > count_ || first - first_ > count_ - count)
    return false;
  const std::size_t position = position_behind(first);
  if (position == free_.size()) return false;
  Extent& extent = free_[position];
  const std::uint32_t behind = extent.first + extent.count;
  if (first < extent.first || first + count > behind) return false;
  const Extent after{.first = first + count, .count = behind - (first + count)};
  extent.count = first - extent.first;
  const auto place = free_.begin() + static_cast<std::ptrdiff_t>(position);
  if (extent.count == 0 && after.count == 0) {
    free_.erase(place);
  } else if (extent.count == 0) {
    extent = after;
  } else if (after.count > 0) {
    free_.insert(place + 1, after);
  }
  free_total_ -= count;
  return true;
}

void RangeAllocator::free(std::uint32_t first, std::uint32_t count) {
  TARN_ASSERT(count > 0 && first >= first_ && count <= count_ && first - first_ <= count_ - count);
  const std::size_t position = position_behind(first);
  const bool has_next = position < free_.size();
  TARN_ASSERT(!has_next || first + count <= free_[position].first);
  const bool joins_next = has_next && first + count == free_[position].first;
  const bool joins_previous =
      position > 0 && free_[position - 1].first + free_[position - 1].count == first;
  const auto place = free_.begin() + static_cast<std::ptrdiff_t>(position);
  if (joins_previous) {
    free_[position - 1].count += count + (joins_next ? free_[position].count : 0);
    if (joins_next) free_.erase(place);
  } else if (joins_next) {
    free_[position].first = first;
    free_[position].count += count;
  } else {
    free_.insert(place, {.first = first, .count = count});
  }
  free_total_ += count;
}

std::uint32_t RangeAllocator::largest_free() const noexcept {
  std::uint32_t largest = 0;
  for (const Extent& extent : free_) largest = std::max(largest, extent.count);
  return largest;
}

}  // namespace tarn::pool
