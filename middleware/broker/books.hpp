// The broker's books on its pool: the records, which are shared, and what is free of everything but
// publisher areas (areas.hpp), which is private and can be recomputed from them. Grants lines of
// subscriber blocks. Knows no rules of who gets what. One owner, the broker; one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "middleware/broker/line_map.hpp"
#include "middleware/broker/planned_ranges.hpp"
#include "middleware/directory/directory_writer.hpp"
#include "middleware/directory/record_checks.hpp"
#include "middleware/plan/memory_plan.hpp"
#include "middleware/pool/pool_view.hpp"
#include "middleware/pool/range_allocator.hpp"

namespace tarn::broker {

using directory::ClientRecordLayout;
using directory::is_in_use;
using directory::kNone;
using directory::MemberEntryLayout;
using directory::PatternRecordLayout;
using directory::RecordState;
using directory::RingRecordLayout;
using directory::SubscriberRecordLayout;
using directory::TopicRecordLayout;
using directory::WaiterRecordLayout;

class Books {
 public:
  explicit Books(const pool::PoolView& view);

  [[nodiscard]] const pool::PoolView& view() const noexcept { return view_; }
  [[nodiscard]] const pool::PoolGeometry& geometry() const noexcept { return view_.geometry(); }
  [[nodiscard]] pool::PoolHeaderLayout& header() const noexcept { return view_.header(); }

  // Lines of a kind for the client, reset; one more block is granted if its blocks have none. A
  // waiter's sleep word is left as it is: it never goes back. Empty: every block is given away, and
  // somebody has a line in each.
  [[nodiscard]] std::optional<std::uint32_t> grant_lines(std::uint32_t client, LineKind kind,
                                                         std::uint32_t count);
  void return_lines(std::uint32_t line, std::uint32_t count) { lines.give_back(line, count); }
  // Requires: all lines in them were returned.
  void return_blocks(std::uint32_t client);

  // Keeps these places of the member table; rings that are there have their entries where they are. False,
  // and nothing changed: the two do not agree.
  [[nodiscard]] bool lay_out_members(const std::vector<Extent>& places);

  // Takes over who owns which block from the pool. False: an owner that does not exist.
  [[nodiscard]] bool adopt_blocks();

  directory::DirectoryWriter directory;
  PlannedRanges members;           // entries of the member table
  pool::RangeAllocator type_text;  // bytes
  LineMap lines;

 private:
  [[nodiscard]] bool grant_block(std::uint32_t client);
  [[nodiscard]] std::optional<std::uint32_t> find_spare_block(std::uint32_t client) const;
  void count_blocks(std::uint32_t client, int change) noexcept;
  void set_block_owner(std::uint32_t block, std::uint32_t client);

  pool::PoolView view_;
};

// The member entries that these topics are to have: as many for each ring as the topic has subscribers.
[[nodiscard]] std::vector<WantedPlaces> member_places(const std::vector<plan::TopicPlan>& topics);

// Adds to a counter of the header.
void add_to(std::uint64_t& counter, std::uint64_t amount) noexcept;

}  // namespace tarn::broker
