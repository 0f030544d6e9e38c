// A table from which ranges of neighbouring records are taken. Each listed topic has equal places of its own
// in it, so that no order of coming and going can take them away or cut them up; everything else shares the
// rest, first fit. Knows names and numbers, not what they are of. Private to the broker; a successor rebuilds
// it from the records. One owner.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "middleware/pool/range_allocator.hpp"

namespace tarn::broker {

// Places that a topic is to have.
struct WantedPlaces {
  std::string topic;
  std::uint32_t units_each = 0;
  std::uint32_t count = 0;
};

class PlannedRanges {
 public:
  // No plan: everybody shares everything.
  explicit PlannedRanges(std::uint32_t units) : rest_(0, units) {}

  // False, and nothing kept: the rest has no room in one piece. Requires: the topic has no places yet,
  // and neither number is 0.
  [[nodiscard]] bool keep(const WantedPlaces& wanted);

  // The first unit of a free range: a place of the topic's own if it is large enough, else of the rest.
  // Empty: neither has room. Requires: units > 0.
  [[nodiscard]] std::optional<std::uint32_t> allocate(std::string_view topic, std::uint32_t units);
  // Takes a range that a record says the topic has. False, and nothing taken, when it is kept for
  // another, or somebody has it already.
  [[nodiscard]] bool take_exact(std::string_view topic, std::uint32_t first, std::uint32_t units);
  // Requires: exactly a range that was allocated or taken.
  void free(std::uint32_t first, std::uint32_t units);

  [[nodiscard]] std::uint32_t capacity() const noexcept { return rest_.capacity(); }
  // Of the rest.
  [[nodiscard]] std::uint32_t free_rest() const noexcept { return rest_.free_total(); }

 private:
  // Equal places of one listed topic.
  struct Places {
    std::string topic;
    std::uint32_t first = 0;
    std::uint32_t units_each = 0;
    std::vector<bool> taken;
  };
  [[nodiscard]] Places* places_at(std::uint32_t unit) noexcept;

  pool::RangeAllocator rest_;  // the places are taken from it
  std::vector<Places> listed_;
};

}  // namespace tarn::broker
