#include "tests/race/crew.hpp"

#include <array>
#include <atomic>
#include <random>
#include <thread>
#include <utility>

#include "middleware/ring/atomics.h"
#if defined(TARN_CREW_INTERLEAVES)
#include "tests/race/interleaver.hpp"
#endif
#include "tests/support/skip.hpp"
#include "tests/support/watchdog.hpp"

namespace tarn::test {

namespace {

// What a thread does between two of its accesses.
thread_local std::function<void()>* between_accesses = nullptr;

bool run_in_turns(std::vector<Actor> actors, std::uint32_t seed) {
  constexpr std::uint32_t kLongestBurst = 40;
  constexpr std::uint32_t kIdleForEver = 100'000;
  std::mt19937 random(seed);
  std::uint32_t idle = 0;
  while (!actors.empty() && idle < kIdleForEver) {
    const std::size_t who = random() % actors.size();
    Act act = Act::Acted;
    for (auto burst = 1 + random() % kLongestBurst; burst > 0 && act == Act::Acted; --burst) {
      act = actors[who]();
    }
    idle = act == Act::Idle ? idle + 1 : 0;
    if (act == Act::Done) actors.erase(actors.begin() + static_cast<std::ptrdiff_t>(who));
  }
  return actors.empty();
}

#if defined(TARN_CREW_INTERLEAVES)
bool run_interleaved(std::vector<Actor> actors, std::uint32_t seed) {
  Interleaver interleaver(std::move(actors), seed);
  std::function<void()> hook = [&] { interleaver.maybe_switch(); };
  between_accesses = &hook;
  const bool done = interleaver.run();
  between_accesses = nullptr;
  return done;
}
#endif

// Loses a little time now and then, so that threads that run beside each other meet at ever new places.
// Giving the processor away does it for those that share one; a few times, since on a busy machine it
// comes back late.
void run_thread(Actor& actor, std::uint32_t seed, const std::atomic<bool>& give_up) {
  std::minstd_rand random(seed);
  std::atomic<std::uint32_t> spun{0};
  int gifts = 16;
  std::function<void()> hook = [&] {
    const auto dice = random() % 4096;
    if (dice == 0 && gifts-- > 0) std::this_thread::yield();
    // relaxed: nobody reads it, it is there to take time.
    for (auto spin = dice < 64 ? random() % 128 : 0; spin > 0; --spin) {
      spun.fetch_add(1, std::memory_order_relaxed);
    }
  };
  between_accesses = &hook;
  for (Act act = Act::Acted; act != Act::Done && !give_up.load(std::memory_order_relaxed);) {
    act = actor();
    if (act == Act::Idle) std::this_thread::yield();
  }
  between_accesses = nullptr;
}

bool run_at_once(std::vector<Actor> actors, std::uint32_t seed) {
  std::atomic<bool> go{false};
  std::atomic<bool> give_up{false};
  std::atomic<std::size_t> running{actors.size()};
  std::vector<std::thread> threads;
  for (Actor& actor : actors) {
    threads.emplace_back([&, own_seed = ++seed] {
      while (!go.load(std::memory_order_acquire)) std::this_thread::yield();
      run_thread(actor, own_seed, give_up);
      running.fetch_sub(1, std::memory_order_relaxed);
    });
  }
  go.store(true, std::memory_order_release);
  const bool done =
      wait_until([&] { return running.load(std::memory_order_relaxed) == 0; }, 4 * kWatchdog);
  give_up.store(true, std::memory_order_relaxed);
  for (std::thread& thread : threads) thread.join();
  return done;
}

}  // namespace

std::span<const Way> ways() {
#if defined(TARN_CREW_INTERLEAVES)
  static constexpr std::array kWays{Way::InTurns, Way::Interleaved, Way::AtOnce};
#else
  static constexpr std::array kWays{Way::InTurns, Way::AtOnce};
#endif
  return kWays;
}

bool run(Way way, std::vector<Actor> actors, std::uint32_t seed) {
  switch (way) {
    case Way::InTurns:
      return run_in_turns(std::move(actors), seed);
#if defined(TARN_CREW_INTERLEAVES)
    case Way::Interleaved:
      return run_interleaved(std::move(actors), seed);
#endif
    default:
      return run_at_once(std::move(actors), seed);
  }
}

std::uint64_t repeats(Way way, std::uint64_t at_once) {
#if defined(TARN_FENCES_ARE_WORDS)
  constexpr std::uint64_t kSlower = 2;
#else
  constexpr std::uint64_t kSlower = 1;
#endif
  const std::uint64_t natively = way == Way::AtOnce        ? at_once
                                 : way == Way::Interleaved ? at_once / 5
                                                           : at_once / 20;
  return natively / (is_emulated() ? 20 : kSlower);
}

}  // namespace tarn::test

extern "C" void tarn_access_hook(void) {
  if (tarn::test::between_accesses != nullptr) (*tarn::test::between_accesses)();
}
