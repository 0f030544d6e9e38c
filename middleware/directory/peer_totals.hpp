// How many peers came to a ring or a topic, and how they went: raised by the broker, who misses nobody,
// and read by the endpoints, who may look as rarely as they like. It knows the words, not whom they
// count. The broker alone writes; any thread reads.
#pragma once

#include <cstdint>

#include "middleware/directory/records_layout.hpp"

namespace tarn::directory {

// How a peer went.
enum class PeerEnd : std::uint8_t { Closed, Died };

struct PeerTotals {
  std::uint64_t came = 0;
  std::uint64_t closed = 0;
  std::uint64_t died = 0;

  // Those who are there. An honest broker's totals never fall below zero; others' do no harm.
  [[nodiscard]] std::uint32_t present() const noexcept;
};

// A peer that is counted as gone is counted as having come.
[[nodiscard]] PeerTotals read_totals(const PeerTotalsLayout& shared) noexcept;

// For the broker.
void count_came(PeerTotalsLayout& totals) noexcept;
void count_end(PeerTotalsLayout& totals, PeerEnd end) noexcept;
// After a broker that may have died between a change and its count: `present` are there, and who is
// missing in the totals' difference went like this.
void settle_totals(PeerTotalsLayout& totals, std::uint64_t present, PeerEnd end) noexcept;

}  // namespace tarn::directory
