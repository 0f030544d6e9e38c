// The participants of a race test, each a function that does one thing per call, and three ways to run
// them: in turns, a call at a time; interleaved, switching between any two accesses to shared memory;
// and at once, a thread each. The first two take one thread and repeat with their seed. Actors note what
// they find; the test asserts in the main thread when they are through.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace tarn::test {

enum class Act : std::uint8_t {
  Acted,
  Idle,  // nothing to do just now
  Done,  // not to be called again
};
using Actor = std::function<Act()>;

enum class Way : std::uint8_t { InTurns, Interleaved, AtOnce };

// The ways there are in this build, the simplest first. Sanitizers do not follow a program that changes
// its stacks, so there is no Interleaved under them.
[[nodiscard]] std::span<const Way> ways();

// Until all are done. False: they would idle for ever, or the watchdog's limit passed.
[[nodiscard]] bool run(Way way, std::vector<Actor> actors, std::uint32_t seed);

// How often to do a thing that a thread of its own does `at_once` times where nothing slows it down.
[[nodiscard]] std::uint64_t repeats(Way way, std::uint64_t at_once);

}  // namespace tarn::test
