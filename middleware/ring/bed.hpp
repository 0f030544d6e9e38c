// Where a waiter is to be rung: its own bell, that of another waiter who sleeps for it, that of a ring, or
// a socket. The waiter says so by its bed word, and may say otherwise each time it goes to sleep. These
// functions follow that word for whoever has something for it; they know neither where the words lie nor
// what is behind a socket, which `Beds` does. Any thread of any process.
#pragma once

#include <concepts>
#include <cstdint>

#include "middleware/ring/protocol.h"
#include "middleware/ring/ring_layout.hpp"
#include "middleware/ring/sleeper.hpp"

namespace tarn::ring {

// Finds by number what waiters sleep on. The numbers come from other processes: nullptr for one that
// names nothing, and nobody rung.
template <typename T>
concept Beds = requires(const T& beds, std::uint32_t number) {
  { beds.waiter(number) } -> std::same_as<const WaiterLayout*>;
  { beds.bell(number) } -> std::same_as<std::uint32_t*>;       // of waiter `number`
  { beds.hints(number) } -> std::same_as<std::uint64_t*>;      // likewise, its BellLayout::hints
  { beds.ring_bell(number) } -> std::same_as<std::uint32_t*>;  // of ring `number`
  { beds.ring_socket(number) } -> std::same_as<void>;          // of waiter `number`
};

// Who sleeps for a waiter, most often itself, and on what.
struct Berth {
  const WaiterLayout* sleeper = nullptr;
  std::uint32_t waiter = 0;  // number of the sleeper
  Bed bed{};
};

// Where waiter `number`, whose line is `line`, is to be rung. A delegate is followed once; whatever else
// its word may lead to is its own bell.
// Requires: a full fence since what it is rung for.
template <Beds B>
[[nodiscard]] Berth find_berth(const WaiterLayout* line, std::uint32_t number, const B& beds) {
  const Bed own = bed_of(tarn_bed_look(&line->bed));
  if (own.kind != BedKind::Delegate) return {line, number, own};
  if (const WaiterLayout* const delegate = beds.waiter(own.index); delegate != nullptr) {
    const Bed bed = bed_of(tarn_bed_look(&delegate->bed));
    if (bed.kind != BedKind::Delegate) return {delegate, own.index, bed};
  }
  return {line, number, Bed{}};
}

// Says there for whom it is going to be rung, where that is somebody else.
template <Beds B>
void hint_at(const Berth& berth, std::uint32_t number, const B& beds) {
  if (berth.waiter == number) return;
  std::uint64_t* const hints = beds.hints(berth.waiter);
  const std::uint32_t bit = number % kHintBits;
  if (hints != nullptr) tarn_hint_give(hints + bit / 64, std::uint64_t{1} << bit % 64);
}

// Rings there, whether or not anybody sleeps. One system call.
template <Beds B>
void ring_at(const Berth& berth, const B& beds) {
  if (berth.bed.kind == BedKind::Socket) return beds.ring_socket(berth.bed.index);
  const bool shared = berth.bed.kind == BedKind::RingBell;
  std::uint32_t* const bell = shared ? beds.ring_bell(berth.bed.index) : beds.bell(berth.waiter);
  if (bell != nullptr) ring_bell(bell, shared ? platform::kWakeAll : 1);
}

// Ends the sleep of waiter `number`, or makes its next one return at once.
template <Beds B>
void ring_waiter(std::uint32_t number, const B& beds) {
  const WaiterLayout* const line = beds.waiter(number);
  if (line == nullptr) return;
  tarn_kick_fence();
  const Berth berth = find_berth(line, number, beds);
  hint_at(berth, number, beds);
  ring_at(berth, beds);
}

}  // namespace tarn::ring
