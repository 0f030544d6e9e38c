// What a publisher knows of those who read it.
#include "middleware/directory/peer_totals.hpp"
#include "middleware/port/publisher_port.hpp"
#include "middleware/ring/protocol.h"

namespace tarn::port {

// Whether everything published from now on is for this member to receive or to count.
bool PublisherPort::reads(const ring::Member& member) const noexcept {
  if (member.join == nullptr) return false;
  // order(ring.join): acquire. Pairs with the join that names the ring before it announces a cursor.
  const std::uint64_t name = tarn_load_acquire_u64(&member.join->ring_name);
  const std::uint64_t cursor = tarn_cursor_read(&member.join->cursor);
  if (name != ring::ring_name(facts_.index, facts_.ring_generation) || cursor == ring::kJoining) {
    return member.from_start;
  }
  return cursor != ring::kLeft && cursor != ring::kNeverRead;
}

std::uint32_t PublisherPort::readers() noexcept {
  sync_members();
  std::uint32_t count = 0;
  for (const ring::Member& member : members_.members()) count += reads(member) ? 1 : 0;
  return count;
}

EndpointStatus PublisherPort::status() const noexcept {
  const auto* record =
      pool_.record<directory::RingRecordLayout>(pool_.geometry().rings, facts_.index);
  const directory::PeerTotals totals = directory::read_totals(record->subscriber_totals);
  return {.matched = totals.came,
          .unmatched = totals.closed,
          .peers_gone = totals.died,
          .evicted = gate_ == nullptr ? 0 : gate_->evictions(),
          .peers = totals.present()};
}

}  // namespace tarn::port
