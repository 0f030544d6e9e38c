// What a thread knows: for each word, how far in its modification order the thread has seen, and for
// each thread, how many of its operations happened before. Joining two views is what synchronising
// does. Plain values.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "tests/model/explorer/operation.hpp"

namespace tarn::model {

// A place in the modification order of one word. Later writes may go between earlier ones, so
// neighbours are far apart; 0 is the initial value.
using Stamp = std::uint32_t;

using Clock = std::array<std::uint32_t, kMostThreads>;

inline void join(Clock& clock, const Clock& other) {
  for (std::size_t i = 0; i < clock.size(); ++i) clock[i] = std::max(clock[i], other[i]);
}

struct View {
  std::array<Stamp, kMostWords> seen{};
  Clock clock{};  // happens-before

  void join_seen(const View& other) {
    for (std::size_t i = 0; i < seen.size(); ++i) seen[i] = std::max(seen[i], other.seen[i]);
  }
  void join(const View& other) {
    join_seen(other);
    model::join(clock, other.clock);
  }
};

}  // namespace tarn::model
