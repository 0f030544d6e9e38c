// What the broker's records say of a ring and of those who read it: copied once, checked against the
// pool's geometry, and used instead of the records from then on. It writes nothing. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "middleware/directory/records_layout.hpp"
#include "middleware/pool/pool_view.hpp"
#include "middleware/ring/member_list.hpp"
#include "middleware/ring/ring_view.hpp"

namespace tarn::directory {

struct RingFacts {
  ring::RingView view;
  std::byte* private_rings = nullptr;  // one for each place of a member; nullptr: there are none
  std::uint64_t state = 0;             // the record's state word when it was read
  std::uint64_t origin_node = 0;
  std::uint64_t area_offset = 0;
  std::uint64_t area_bytes = 0;
  std::uint32_t index = 0;
  std::uint32_t ring_generation = 0;
  std::uint32_t topic = 0;
  std::uint32_t client = 0;
  std::uint32_t members_first = 0;
  std::uint32_t members_capacity = 0;
  std::uint32_t loans = 0;
  std::uint32_t payload_bytes = 0;

  [[nodiscard]] RecordState record_state() const noexcept { return directory::record_state(state); }
};

// The ring at `index` if its record is Active, Orphan or Retiring and holds together; else nothing.
[[nodiscard]] std::optional<RingFacts> read_ring(const pool::PoolView& pool,
                                                 std::uint32_t index) noexcept;

// Whether the ring's memory is still the ring's: what was copied from it before the call was of this
// ring then. For who reads without being a member, whom the broker does not wait for.
[[nodiscard]] bool still_there(const pool::PoolView& pool, const RingFacts& ring) noexcept;

struct MemberFacts {
  std::uint32_t place = 0;  // in the ring's table: also its bit in the summary
  std::uint32_t subscriber = 0;
  std::uint32_t join_line = 0;
  std::uint32_t waiter = 0;
  std::uint64_t word =
      0;  // the entry's: says whether it is reliable, and differs for each who has it

  [[nodiscard]] bool reliable() const noexcept { return member_reliable(word); }
};

// The entry at `place` of a ring's member table if somebody is in it.
[[nodiscard]] std::optional<MemberFacts> read_member(const pool::PoolView& pool,
                                                     const RingFacts& ring,
                                                     std::uint32_t place) noexcept;

// Where a subscriber's entry in a ring is, or nothing if it has none.
[[nodiscard]] std::optional<MemberFacts> find_member(const pool::PoolView& pool,
                                                     const RingFacts& ring,
                                                     std::uint32_t subscriber) noexcept;

// The member's pins, cursor and bed as the ring's publisher needs them.
[[nodiscard]] std::optional<ring::Member> resolve_member(const pool::PoolView& pool,
                                                         const RingFacts& ring,
                                                         const MemberFacts& member) noexcept;

// Pin words of a subscription, or an empty span when its record does not hold together.
[[nodiscard]] std::span<std::uint32_t> pin_words(const pool::PoolView& pool,
                                                 std::uint32_t pins_line,
                                                 std::uint32_t held) noexcept;

}  // namespace tarn::directory
