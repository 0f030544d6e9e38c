#include "middleware/broker/planned_ranges.hpp"

#include <algorithm>

#include <tarn/assert.hpp>

namespace tarn::broker {

bool PlannedRanges::keep(const WantedPlaces& wanted) {
  const std::uint64_t units = std::uint64_t{wanted.units_each} * wanted.count;
  if (units > rest_.free_total()) return false;
  const auto first = rest_.allocate(static_cast<std::uint32_t>(units));
  if (!first) return false;
  listed_.push_back({.topic = wanted.topic,
                     .first = *first,
                     .units_each = wanted.units_each,
                     .taken = std::vector<bool>(wanted.count, false)});
  return true;
}

std::optional<std::uint32_t> PlannedRanges::allocate(std::string_view topic, std::uint32_t units) {
  for (Places& places : listed_) {
    if (places.topic != topic || units > places.units_each) continue;
    const auto free = std::find(places.taken.begin(), places.taken.end(), false);
    if (free == places.taken.end()) continue;
    *free = true;
    const auto index = static_cast<std::uint32_t>(free - places.taken.begin());
    return places.first + index * places.units_each;
  }
  return rest_.allocate(units);
}

bool PlannedRanges::take_exact(std::string_view topic, std::uint32_t first, std::uint32_t units) {
  Places* const places = places_at(first);
  if (places == nullptr) return rest_.reserve_exact(first, units);
  const std::uint32_t at = first - places->first;
  const std::uint32_t index = at / places->units_each;
  if (places->topic != topic || at % places->units_each != 0) return false;
  if (units == 0 || units > places->units_each || places->taken[index]) return false;
  places->taken[index] = true;
  return true;
}

void PlannedRanges::free(std::uint32_t first, std::uint32_t units) {
  Places* const places = places_at(first);
  if (places == nullptr) return rest_.free(first, units);
  const std::uint32_t index = (first - places->first) / places->units_each;
  TARN_ASSERT(places->taken[index]);
  places->taken[index] = false;
}

PlannedRanges::Places* PlannedRanges::places_at(std::uint32_t unit) noexcept {
  for (Places& places : listed_) {
    const auto end =
        places.first + places.units_each * static_cast<std::uint32_t>(places.taken.size());
    if (unit >= places.first && unit < end) return &places;
  }
  return nullptr;
}

}  // namespace tarn::broker
