// What of a domain somebody remembers over a death in it, and what must hold of that then. Taken by a judge
// before it lets a broker clean up.
#pragma once

#include <cstdint>
#include <vector>

#include "middleware/ring/ring_layout.hpp"
#include "tests/survive/step/verdict.hpp"
#include "tests/survive/step/world.hpp"

namespace tarn::test::step {

// How often the survivor's bells were rung.
struct Rung {
  std::uint32_t reader = 0;
  std::uint32_t publisher = 0;
};

// Of a waiter that the victim had.
struct Bed {
  const ring::WaiterLayout* line = nullptr;
  std::uint64_t sleep = 0;
};

struct Before {
  Rung bells;
  std::vector<std::uint64_t> generations;  // of all records, one table after the other
  std::vector<Bed> beds;
  bool wrote = false;
  bool read = false;
};

[[nodiscard]] Before before_of(World& world);

// Whoever may have slept because of the victim was woken.
void check_woken(const World& world, const Before& before, const Verdict& verdict);
// Nobody who comes to one of its beds is taken for it, nor for asleep.
void check_beds(const Before& before, const Verdict& verdict);
// Whoever remembers a former life of a record sees that it is over.
void check_generations(World& world, const Before& before, const Verdict& verdict);

}  // namespace tarn::test::step
