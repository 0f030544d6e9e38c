#include "tests/survive/points/rest.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "middleware/directory/ring_facts.hpp"
#include "middleware/ring/atomics.h"
#include "middleware/ring/ring_layout.hpp"
#include "tests/support/process_state.hpp"
#include "tests/support/watchdog.hpp"

namespace tarn::test {

bool all_asleep(std::span<const std::int32_t> pids) {
  return std::all_of(pids.begin(), pids.end(),
                     [](std::int32_t pid) { return state_of(pid) == 'S'; });
}

bool orphans_are_left(const pool::PoolView& pool) {
  for (std::uint32_t index = 0; index < pool.geometry().rings.count; ++index) {
    const auto facts = directory::read_ring(pool, index);
    if (!facts || facts->record_state() != directory::RecordState::Orphan) continue;
    for (std::uint32_t place = 0; place < facts->members_capacity; ++place) {
      const auto entry = directory::read_member(pool, *facts, place);
      const auto member = entry ? directory::resolve_member(pool, *facts, *entry) : std::nullopt;
      if (!member || member->join == nullptr) continue;
      const std::uint64_t cursor = tarn_load_acquire_u64(&member->join->cursor);
      if (cursor != ring::kLeft && cursor != ring::kNeverRead) return false;
    }
  }
  return true;
}

bool comes_true(const std::function<bool()>& condition) {
  constexpr int kShortPauses = 200;
  constexpr std::chrono::microseconds kShortPause{20};
  for (int i = 0; i < kShortPauses; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(kShortPause);
  }
  return wait_until(condition);
}

}  // namespace tarn::test
