#include "middleware/directory/peer_totals.hpp"

#include <algorithm>
#include <limits>

#include "middleware/ring/atomics.h"

namespace tarn::directory {

std::uint32_t PeerTotals::present() const noexcept {
  const std::uint64_t gone = closed + died;
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::min(came - std::min(came, gone), kMost));
}

PeerTotals read_totals(const PeerTotalsLayout& shared) noexcept {
  PeerTotals totals;
  // order(directory.peer_totals): acquire, both. Pairs with the release of count_end(): the peers whose
  // end is seen here have come by the load below. Weaker, somebody could seem to go who never came.
  totals.closed = tarn_load_acquire_u64(&shared.closed);
  totals.died = tarn_load_acquire_u64(&shared.died);
  // relaxed: ordered by the two above.
  totals.came = tarn_load_relaxed_u64(&shared.came);
  return totals;
}

void count_came(PeerTotalsLayout& totals) noexcept {
  // relaxed: a version raised behind it brings it to those who wait for it.
  tarn_store_relaxed_u64(&totals.came, totals.came + 1);
}

void count_end(PeerTotalsLayout& totals, PeerEnd end) noexcept {
  std::uint64_t& count = end == PeerEnd::Died ? totals.died : totals.closed;
  // order(directory.peer_totals): release. Pairs with read_totals(): comes after the count of its coming.
  tarn_store_release_u64(&count, count + 1);
}

void settle_totals(PeerTotalsLayout& totals, std::uint64_t present, PeerEnd end) noexcept {
  while (read_totals(totals).present() < present) count_came(totals);
  while (read_totals(totals).present() > present) count_end(totals, end);
}

}  // namespace tarn::directory
