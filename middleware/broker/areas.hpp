// Where publishers' areas lie. A listed topic with a known size has room of its own for every
// publisher and orphan that the plan promises it, in equal places, so that no order of coming and
// going can take the room away; everything else shares the rest, first fit. Knows names and sizes of
// topics, not their rings. Private to the broker; a successor rebuilds it from the records. One owner.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tarn/result.hpp>

#include "middleware/plan/memory_plan.hpp"
#include "middleware/pool/pool_geometry.hpp"
#include "middleware/pool/range_allocator.hpp"

namespace tarn::broker {

class Areas {
 public:
  // No plan: everybody shares everything.
  explicit Areas(const pool::PoolGeometry& geometry);
  // InvalidConfig says which topic has no room where all those before it have theirs.
  [[nodiscard]] static Result<Areas> plan(const std::vector<plan::TopicPlan>& topics,
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
  // Of the plan, taken or not.
  [[nodiscard]] std::uint64_t planned_bytes() const noexcept { return planned_bytes_; }
  // What a topic without places of its own can get, in all and in one piece.
  [[nodiscard]] std::uint64_t shared_free_bytes() const noexcept;
  [[nodiscard]] std::uint64_t largest_shared_bytes() const noexcept;
  // Kept for listed topics and not taken by them now.
  [[nodiscard]] std::uint64_t kept_bytes() const noexcept;

 private:
  // Equal places of one listed topic.
  struct Places {
    std::string topic;
    std::uint32_t first_page = 0;
    std::uint32_t pages_each = 0;
    std::vector<bool> taken;
  };

  [[nodiscard]] std::uint32_t page_of(std::uint64_t offset) const noexcept;
  [[nodiscard]] std::uint64_t offset_of(std::uint32_t page) const noexcept;
  [[nodiscard]] Places* places_at(std::uint32_t page) noexcept;
  [[nodiscard]] bool add_places(const plan::TopicPlan& topic);

  std::uint64_t first_byte_;
  std::uint32_t page_bytes_;
  pool::RangeAllocator pages_;  // the shared rest; the places of listed topics are taken from it
  std::vector<Places> listed_;
  std::uint64_t planned_bytes_ = 0;
  std::uint64_t used_bytes_ = 0;
};

}  // namespace tarn::broker
