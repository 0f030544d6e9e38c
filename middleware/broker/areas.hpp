// Where publishers' areas lie. A listed topic with a known size has room of its own for every
// publisher and orphan that the plan promises it, in equal places, so that no order of coming and
// going can take the room away; everything else shares the rest, first fit. A reload plans anew beside
// what topics in use have: they keep their places until nobody is on them. Knows names and sizes of topics,
// not their rings. Private to the broker; a successor lays it out again by what the pool keeps of it, and
// takes the rings from the records. One owner.
#pragma once

#include <algorithm>
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

// Where the equal places of one topic lie, in pages from the first of all areas.
struct Extent {
  std::string topic;
  std::uint32_t first_page = 0;
  std::uint32_t pages_each = 0;
  std::uint32_t count = 0;
  std::optional<TopicLife>
      former{};  // by a configuration that was replaced; they end with this life

  [[nodiscard]] std::uint64_t pages() const noexcept { return std::uint64_t{pages_each} * count; }
  bool operator==(const Extent&) const = default;
};

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
  void topic_ended(std::string_view topic);

  // All places, so that a successor can lay them out again: without rings, which it has yet to take. Empty
  // when they overlap or lie outside.
  [[nodiscard]] std::vector<Extent> extents() const;
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
  struct Places {
    Extent extent;
    std::optional<Extent> next;  // within a former extent, when that ends
    std::vector<bool> taken;

    [[nodiscard]] bool any_taken() const noexcept {
      return std::find(taken.begin(), taken.end(), true) != taken.end();
    }
  };

  [[nodiscard]] std::uint32_t page_of(std::uint64_t offset) const noexcept;
  [[nodiscard]] std::uint64_t offset_of(std::uint32_t page) const noexcept;
  [[nodiscard]] Places* places_at(std::uint32_t page) noexcept;
  [[nodiscard]] Extent extent_of(const plan::TopicPlan& topic) const;
  [[nodiscard]] bool add_places(const plan::TopicPlan& topic);

  // Of replanned() and lay_out().
  [[nodiscard]] bool add(const Extent& extent);
  void keep_only(const std::vector<LiveTopic>& live);
  [[nodiscard]] bool has_former(const std::string& topic) const noexcept;
  [[nodiscard]] Result<Areas> with_places(const std::vector<plan::TopicPlan>& topics,
                                          const std::vector<Places>& before) const;
  [[nodiscard]] bool stay(Extent wanted, const std::vector<Places>& before);

  std::uint64_t first_byte_;
  std::uint32_t page_bytes_;
  pool::RangeAllocator pages_;  // the shared rest; the places of listed topics are taken from it
  std::vector<Places> listed_;
  std::uint64_t used_bytes_ = 0;
};

}  // namespace tarn::broker
