// A table from which ranges of neighbouring records are taken. Each listed topic has equal places of its own
// in it, so that no order of coming and going can take them away or cut them up; everything else shares the
// rest, first fit. A reload plans anew beside what topics in use have: they keep their places until nobody is
// on them. Knows names and numbers, not what they are of. Private to the broker; a successor lays the places
// out by what the pool keeps of them, and takes the ranges from the records. One owner.
#pragma once

#include <algorithm>
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

  [[nodiscard]] std::uint64_t units() const noexcept { return std::uint64_t{units_each} * count; }
};

// From the first publisher or subscriber of a topic to the last: its record, and the record's generation.
struct TopicLife {
  std::uint32_t record = 0;
  std::uint32_t generation = 0;

  bool operator==(const TopicLife&) const = default;
};

// A topic that somebody is on.
struct LiveTopic {
  std::string name;
  TopicLife life;
};

// Where the equal places of one topic lie.
struct Extent {
  std::string topic;
  std::uint32_t first = 0;
  std::uint32_t units_each = 0;
  std::uint32_t count = 0;
  // Of a configuration that was replaced: they end with this life of the topic.
  std::optional<TopicLife> former{};

  [[nodiscard]] std::uint64_t units() const noexcept { return std::uint64_t{units_each} * count; }
  bool operator==(const Extent&) const = default;
};

class PlannedRanges {
 public:
  // No plan: everybody shares everything.
  explicit PlannedRanges(std::uint32_t units) : rest_(0, units) {}

  // False, and nothing kept: the rest has no room in one piece. Requires: the topic has no places yet,
  // and neither number is 0.
  [[nodiscard]] bool keep(const WantedPlaces& wanted);

  // Places that there is no room for, and what there is.
  struct NoRoom {
    WantedPlaces wanted;
    std::uint32_t free = 0;
    std::uint32_t in_one_piece = 0;
  };
  // The places of another plan, with every range where it is. Topics in use keep theirs until
  // topic_ended(); what the new plan gives them otherwise is free then. An answer: nothing has changed.
  [[nodiscard]] std::optional<NoRoom> replan(const std::vector<WantedPlaces>& wanted,
                                             const std::vector<LiveTopic>& live);
  // Nobody is on the topic any more: places by a former configuration give way to those of its next life.
  void topic_ended(std::string_view topic);

  // All places, and a table with them and nothing taken. Empty when they overlap or lie outside.
  [[nodiscard]] std::vector<Extent> extents() const;
  [[nodiscard]] static std::optional<PlannedRanges> lay_out(const std::vector<Extent>& extents,
                                                            std::uint32_t units);

  // The first unit of a free range: a place of the topic's own if it is large enough, else of the rest.
  // Empty: neither has room. Requires: units > 0.
  [[nodiscard]] std::optional<std::uint32_t> allocate(std::string_view topic, std::uint32_t units);
  // Takes a range that a record says the topic has. False, and nothing taken, when it is kept for
  // another, or somebody has it already.
  [[nodiscard]] bool take_exact(std::string_view topic, std::uint32_t first, std::uint32_t units);
  // Requires: exactly a range that was allocated or taken.
  void free(std::uint32_t first, std::uint32_t units);

  [[nodiscard]] std::uint32_t capacity() const noexcept { return rest_.capacity(); }
  // Of the rest, in all and in one piece.
  [[nodiscard]] std::uint32_t free_rest() const noexcept { return rest_.free_total(); }
  [[nodiscard]] std::uint32_t largest_rest() const noexcept { return rest_.largest_free(); }
  // In places, taken or not, and not taken.
  [[nodiscard]] std::uint64_t planned() const noexcept;
  [[nodiscard]] std::uint64_t kept() const noexcept;

 private:
  struct Places {
    Extent extent;
    std::optional<Extent> next;  // within a former extent, when that ends
    std::vector<bool> taken;

    [[nodiscard]] bool any_taken() const noexcept {
      return std::find(taken.begin(), taken.end(), true) != taken.end();
    }
  };
  [[nodiscard]] Places* places_at(std::uint32_t unit) noexcept;

  [[nodiscard]] bool add(const Extent& extent);
  void keep_only(const std::vector<LiveTopic>& live);
  [[nodiscard]] bool has_former(const std::string& topic) const noexcept;
  [[nodiscard]] std::optional<NoRoom> place_all(const std::vector<WantedPlaces>& wanted,
                                                const std::vector<Places>& before);
  [[nodiscard]] bool stay(const WantedPlaces& wanted, const std::vector<Places>& before);

  pool::RangeAllocator rest_;  // the places are taken from it
  std::vector<Places> listed_;
};

}  // namespace tarn::broker
