#include "middleware/broker/planned_ranges.hpp"

#include <algorithm>

#include <tarn/detail/assert.hpp>

namespace tarn::broker {

bool PlannedRanges::keep(const WantedPlaces& wanted) {
  if (wanted.units() > rest_.free_total()) return false;
  const auto first = rest_.allocate(static_cast<std::uint32_t>(wanted.units()));
  if (!first) return false;
  listed_.push_back({.extent = {.topic = wanted.topic,
                                .first = *first,
                                .units_each = wanted.units_each,
                                .count = wanted.count},
                     .next = std::nullopt,
                     .taken = std::vector<bool>(wanted.count, false)});
  return true;
}

std::optional<std::uint32_t> PlannedRanges::allocate(std::string_view topic, std::uint32_t units) {
  for (Places& places : listed_) {
    const Extent& extent = places.extent;
    if (extent.topic != topic || units > extent.units_each) continue;
    const auto free = std::find(places.taken.begin(), places.taken.end(), false);
    if (free == places.taken.end()) continue;
    *free = true;
    const auto index = static_cast<std::uint32_t>(free - places.taken.begin());
    return extent.first + index * extent.units_each;
  }
  return rest_.allocate(units);
}

bool PlannedRanges::take_exact(std::string_view topic, std::uint32_t first, std::uint32_t units) {
  Places* const places = places_at(first);
  if (places == nullptr) return rest_.reserve_exact(first, units);
  const Extent& extent = places->extent;
  const std::uint32_t at = first - extent.first;
  const std::uint32_t index = at / extent.units_each;
  if (extent.topic != topic || at % extent.units_each != 0) return false;
  if (units == 0 || units > extent.units_each || places->taken[index]) return false;
  places->taken[index] = true;
  return true;
}

void PlannedRanges::free(std::uint32_t first, std::uint32_t units) {
  Places* const places = places_at(first);
  if (places == nullptr) return rest_.free(first, units);
  const std::uint32_t index = (first - places->extent.first) / places->extent.units_each;
  TARN_ASSERT(places->taken[index]);
  places->taken[index] = false;
}

PlannedRanges::Places* PlannedRanges::places_at(std::uint32_t unit) noexcept {
  for (Places& places : listed_) {
    const std::uint32_t first = places.extent.first;
    if (unit >= first && unit - first < places.extent.units()) return &places;
  }
  return nullptr;
}

std::uint64_t PlannedRanges::planned() const noexcept {
  std::uint64_t units = 0;
  for (const Places& places : listed_) units += places.extent.units();
  return units;
}

std::uint64_t PlannedRanges::kept() const noexcept {
  std::uint64_t units = 0;
  for (const Places& places : listed_) {
    const auto free = std::count(places.taken.begin(), places.taken.end(), false);
    units += static_cast<std::uint64_t>(free) * places.extent.units_each;
  }
  return units;
}

}  // namespace tarn::broker
