// What must hold of a domain once somebody in it was killed, at whichever instruction: nobody else notices
// but by what was said, nothing that was committed is lost or torn, whoever slept because of the dead is
// woken, all that it had comes back, and the next one finds its place. Runs in a judge and changes the
// world as it goes; what holds at the end is that nothing is left of anybody.
#pragma once

#include <functional>
#include <string>

#include "tests/survive/step/verdict.hpp"
#include "tests/survive/step/world.hpp"

namespace tarn::test::step {

// The victim stands still for ever, and nobody is told: the others go on.
void go_on_beside(World& world, const Verdict& verdict);

// The victim is dead; the broker that granted everything cleans up.
void reap(World& world, const Verdict& verdict);

// The victim is dead and so is the broker: the next one does.
void reap_as_successor(World& world, const Verdict& verdict);

// The broker alone is dead, in the midst of something. Who lives comes back, says which request was answered
// last, and leaves in order; the dead are reaped.
void succeed(World& world, const Verdict& verdict);

// What a broker counts and grants, in words: two that come to the same end say the same.
[[nodiscard]] std::string describe(const World& world, broker::Registry& registry);

// Those words where nobody died on the way: for World::expected.
[[nodiscard]] std::string end_without_death(World& world, const std::function<void()>& operation);

}  // namespace tarn::test::step
