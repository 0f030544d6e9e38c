// The publisher's side of its members' own rings: gives each of them every message that it has room for,
// and counts the others. It knows how far a member has come from the member's join line, not the
// directory. Owned by one publisher, one thread at a time. Allocates in the constructor only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "middleware/ring/chunk_ledger.hpp"
#include "middleware/ring/member_list.hpp"
#include "middleware/ring/private_ring.hpp"

namespace tarn::ring {

class PrivateRings {
 public:
  // `rings` are those of a fresh ring, `places` many; `name` is the ring's (ring_name()).
  PrivateRings(const RingView& shared, std::byte* rings, std::uint32_t places, std::uint64_t name);

  // Whoever has the place now; its ring starts with message `next` where it is somebody new.
  void serve(std::uint32_t place, const Member& member, std::uint64_t next) noexcept;
  // Nobody has the place.
  void stop(std::uint32_t place) noexcept;

  // Gives message `sequence`, which everybody's ring holds, to each member; answers how many had no room
  // for it. On return every overwrite is ordered before later looks at pins and sleepers.
  std::uint32_t deliver_inline(const MessageNote& note, const void* payload,
                               std::uint64_t sequence) noexcept;
  // The ledger hears of each ring that the chunk comes into, and of those that others leave.
  std::uint32_t deliver_chunk(const MessageNote& note, std::uint32_t chunk, std::uint64_t sequence,
                              ChunkLedger& ledger) noexcept;

  // Summed over all members there were.
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

 private:
  struct Place {
    PrivateWriter writer;
    PrivateRingLayout* head;
    const JoinLayout* join;  // nullptr: nobody to serve
    std::uint64_t word;      // of whom it served last
    std::uint64_t first;
    std::uint64_t refused;
    std::uint32_t depth;  // most messages that wait
  };
  enum class Room : std::uint8_t { Free, None, Left };

  [[nodiscard]] Room room_at(const Place& place) const noexcept;
  void refuse(Place& place) noexcept;
  template <typename Commit>
  std::uint32_t deliver(Commit commit) noexcept;

  std::uint64_t name_;
  std::uint32_t ring_depth_;
  std::vector<Place> places_;
  std::uint64_t refused_ = 0;
};

}  // namespace tarn::ring
