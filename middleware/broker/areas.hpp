// Where publishers' areas lie. A listed topic with a known size has room of its own for every
// publisher and orphan that the plan promises it, in equal places, so that no order of coming and
// going can take the room away; everything else shares the rest, first fit. A reload plans anew beside
// what topics in use have: they keep their places until nobody is on them. Knows names and sizes of topics,
// not their rings. Private to the broker; a successor lays it out again by what the pool keeps of it, and
// takes the rings from the records. One owner.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <tarn/result.hpp>

#include "middleware/broker/planned_ranges.hpp"
#include "middleware/plan/memory_plan.hpp"
#include "middleware/pool/pool_geometry.hpp"

namespace tarn::broker {

class Areas {
 public:
  // No plan: everybody shares everything.
  explicit Areas(const pool::PoolGeometry& geometry);
  // InvalidConfig says which topic has no room where all those before it have theirs.
  [[nodiscard]] static Result<Areas> plan(const std::vector<plan::TopicPlan>& topics,
                                          const pool::PoolGeometry& geometry);

  // The places of another plan, with every ring where it is. Topics in use keep theirs until
  // topic_ended(); what the new plan gives them otherwise is free then. InvalidConfig names the topic that
  // finds no room beside them, and what there is.
  [[nodiscard]] Result<Areas> replanned(const std::vector<plan::TopicPlan>& topics,
                                        const std::vector<LiveTopic>& live) const;
  // Nobody is on the topic any more: places by a former configuration give way to those of its next life.
  void topic_ended(std::string_view topic) { pages_.topic_ended(topic); }

  // All places, in pages, so that a successor can lay them out again: without rings, which it has yet to
  // take. Empty when they overlap or lie outside.
  [[nodiscard]] std::vector<Extent> extents() const { return pages_.extents(); }
  [[nodiscard]] static std::optional<Areas> lay_out(const std::vector<Extent>& extents,
                                                    const pool::PoolGeometry& geometry);

  // The offset of a free area. Empty: neither the topic's own places nor the rest have room.
  // Requires: bytes in whole pages, not 0.
  [[nodiscard]] std::optional<std::uint64_t> allocate(std::string_view topic, std::uint64_t bytes);
  // Takes an area that a record says the topic has. False, and nothing taken, when the plan has given
  // its bytes to another, or somebody has them already.
  [[nodiscard]] bool take_exact(std::string_view topic, std::uint64_t offset, std::uint64_t bytes);
  // Requires: exactly an area that was allocated or taken.
  void free(std::uint64_t offset, std::uint64_t bytes);

  [[nodiscard]] std::uint64_t capacity_bytes() const noexcept;
  [[nodiscard]] std::uint64_t used_bytes() const noexcept { return used_bytes_; }
  // Of the plan, taken or not, those of former configurations too.
  [[nodiscard]] std::uint64_t planned_bytes() const noexcept;
  // What a topic without places of its own can get, in all and in one piece.
  [[nodiscard]] std::uint64_t shared_free_bytes() const noexcept;
  [[nodiscard]] std::uint64_t largest_shared_bytes() const noexcept;
  // Kept for listed topics and not taken by them now.
  [[nodiscard]] std::uint64_t kept_bytes() const noexcept;

 private:
  [[nodiscard]] WantedPlaces places_for(const plan::TopicPlan& topic) const;
  [[nodiscard]] std::uint32_t page_of(std::uint64_t offset) const noexcept;
  [[nodiscard]] std::uint64_t offset_of(std::uint32_t page) const noexcept;

  std::uint64_t first_byte_;
  std::uint32_t page_bytes_;
  PlannedRanges pages_;
  std::uint64_t used_bytes_ = 0;
};

}  // namespace tarn::broker
