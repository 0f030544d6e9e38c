// The shared bytes of the data plane: a publisher's ring, a subscriber's pins and joins, the sleep
// words and bells. A file format: little endian, fixed width, the same for 32- and 64-bit processes.
// It knows nothing of who may map what; pool/ places these structs, the broker initialises them.
//
//   publisher area            subscriber block (one page of one client)      bells area (everybody)
//   +-------------------+     +------------------------------------------+   +------------------+
//   | RingHeaderLayout  |     | WaiterLayout   lines/8                   |   | BellLayout       |
//   | slots[depth]      |     | SubscriptionCountersLayout  lines/8 x 2  |   |   per waiter     |
//   | private rings     |     | PinLineLayout  lines/8                   |   | RingBellLayout,  |
//   |  [subscribers]    |     | JoinLayout     lines/2                   |   | SummaryLayout    |
//   | chunks            |     +------------------------------------------+   |   per ring       |
//   |  [chunk_count]    |                                                    +------------------+
//   +-------------------+
// Private rings are there where the topic drops the newest messages.
//
// States of a slot's control word, ctl = sequence (40 bits) << 24 | chunk (24 bits):
//
//   0|none --publish n--> n|none (BUSY) --commit--> n|chunk or n|inline --publish n+depth--> ...
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace tarn::ring {

inline constexpr std::size_t kLineBytes = 64;

// One message. `inline_words` reaches to the end of the slot: 40, 104 or 232 bytes.
struct SlotLayout {
  alignas(8) std::uint64_t ctl;       // publisher; the commit point
  std::uint32_t length_bytes;         // publisher; payload length
  std::uint16_t lost_before;          // publisher; losses upstream of it, saturating
  std::uint16_t flags;                // publisher; SlotFlags
  alignas(8) std::uint64_t stamp_ns;  // publisher; source timestamp, CLOCK_MONOTONIC, 0 = none
};
static_assert(sizeof(SlotLayout) == 24 && alignof(SlotLayout) == 8);
static_assert(std::is_standard_layout_v<SlotLayout> && std::is_trivially_copyable_v<SlotLayout>);
static_assert(offsetof(SlotLayout, length_bytes) == 8 && offsetof(SlotLayout, lost_before) == 12 &&
              offsetof(SlotLayout, flags) == 14 && offsetof(SlotLayout, stamp_ns) == 16);

inline constexpr std::uint32_t kSlotBytes[] = {64, 128, 256};
constexpr std::uint32_t inline_capacity_bytes(std::uint32_t slot_bytes) {
  return slot_bytes - static_cast<std::uint32_t>(sizeof(SlotLayout));
}

// SlotLayout::flags.
inline constexpr std::uint16_t kSlotForwarded = 1;  // came over a link
inline constexpr std::uint16_t kSlotHistory = 2;    // re-sent history, not news

// One second of a publisher's traffic, in the bucket of that second's parity; so the last complete
// second stands beside the one under way. An interval is the time between the stamps of two consecutive
// messages and belongs to the second of the later one. Where a topic has no stamps both stay empty.
struct TrafficBucketLayout {
  std::uint64_t second;  // CLOCK_MONOTONIC second it counts
  std::uint64_t messages;
  std::uint64_t bytes;      // payload
  std::uint64_t intervals;  // one fewer than messages in the publisher's first second
  std::uint64_t interval_sum_ns;
  std::uint64_t interval_square_sum_ns2;  // here an interval counts as 2^31 ns at most
  std::uint64_t interval_minimum_ns;
  std::uint64_t interval_maximum_ns;
};
static_assert(sizeof(TrafficBucketLayout) == 64);
static_assert(offsetof(TrafficBucketLayout, interval_sum_ns) == 32 &&
              offsetof(TrafficBucketLayout, interval_maximum_ns) == 56);

struct RingCountersLayout {
  std::uint64_t sequence;       // odd while a bucket turns over to another second
  std::uint64_t bytes;          // payload bytes published in all
  std::uint64_t loan_failures;  // loans refused
  std::uint64_t rejected;       // publishes answered WouldBlock or TimedOut
  std::uint64_t blocked_ns;     // time spent waiting for reliable subscribers
  std::uint64_t woken;          // bells rung
  std::uint64_t
      refused;  // drop_newest: messages that a subscriber had no room for, summed over them
  std::uint64_t reserved[1];
  TrafficBucketLayout buckets[2];
};
static_assert(sizeof(RingCountersLayout) == 192 && offsetof(RingCountersLayout, buckets) == 64);

// Head of a publisher area; every word is written by the publisher (by the broker once it is gone).
struct RingHeaderLayout {
  // Line 0: what the area is. Peers take geometry from the broker's record, never from here.
  alignas(kLineBytes) std::uint64_t magic;
  std::uint32_t layout_version;
  std::uint32_t ring_index;
  std::uint32_t ring_generation;
  std::uint32_t reserved0[11];
  // Line 1: tail is a hint, in {newest - 1, newest}; closed leaves 0 once and for all, for
  // kRingClosed or kRingOwnerDied.
  alignas(kLineBytes) std::uint64_t tail;
  std::uint32_t closed;
  std::uint32_t reserved1[13];
  // Line 2: odd while the publisher sleeps on its bell.
  alignas(kLineBytes) std::uint64_t publisher_sleep;
  std::uint64_t reserved2[7];
  // Line 3: a bit per member demoted to best effort.
  alignas(kLineBytes) std::uint64_t evicted[8];
  RingCountersLayout counters;
  std::uint64_t reserved3[8];  // so that no slot crosses a boundary of its size
};
static_assert(sizeof(RingHeaderLayout) == 8 * kLineBytes);
static_assert(offsetof(RingHeaderLayout, tail) == 64 && offsetof(RingHeaderLayout, closed) == 72);
static_assert(offsetof(RingHeaderLayout, publisher_sleep) == 128);
static_assert(offsetof(RingHeaderLayout, evicted) == 192 &&
              offsetof(RingHeaderLayout, counters) == 256);
static_assert(std::is_standard_layout_v<RingHeaderLayout>);

// RingHeaderLayout::closed.
inline constexpr std::uint32_t kRingClosed = 1;     // its publisher closed it
inline constexpr std::uint32_t kRingOwnerDied = 2;  // the broker did, for a publisher that died

inline constexpr std::uint64_t kRingMagic = 0x474e49524e524154;  // "TARNRING"

// Head of a member's own ring, written by the publisher. Behind it stand sequences[depth], of 64 bits, and
// from the next multiple of a slot slots[depth]. Its messages have numbers of its own, which go on when
// another member comes to the place; sequences[] says which message of everybody's ring each one is.
//
//   nobody's --{base, first, refused = 0; member}--> serves `member` --the next one's--> ...
struct PrivateRingLayout {
  alignas(kLineBytes)
      std::uint64_t member;  // word of the entry it serves, stored last; 0 = nobody's yet
  std::uint64_t base;   // sequence, in everybody's ring, from which on it has the member's messages
  std::uint64_t first;  // the first number in here that is the member's
  std::uint64_t refused;  // messages since base for which the member had no room
  std::uint64_t tail;     // a hint, as RingHeaderLayout's
  std::uint64_t reserved[3];
};
static_assert(sizeof(PrivateRingLayout) == kLineBytes);
static_assert(offsetof(PrivateRingLayout, refused) == 24 &&
              offsetof(PrivateRingLayout, tail) == 32);
static_assert(std::is_standard_layout_v<PrivateRingLayout>);

// Where the slots begin, and where the next member's ring does.
constexpr std::uint64_t private_slots_offset(std::uint32_t depth, std::uint32_t slot_bytes) {
  const std::uint64_t head =
      sizeof(PrivateRingLayout) + std::uint64_t{depth} * sizeof(std::uint64_t);
  return (head + slot_bytes - 1) / slot_bytes * slot_bytes;
}
constexpr std::uint64_t private_ring_bytes(std::uint32_t depth, std::uint32_t slot_bytes) {
  return private_slots_offset(depth, slot_bytes) + std::uint64_t{depth} * slot_bytes;
}

// One subscription's claims on chunks: 0 = free, else chunk id + 1. Written by the subscribing
// process only. A pin never moves to another word.
inline constexpr std::size_t kPinsPerLine = 16;
struct PinLineLayout {
  alignas(kLineBytes) std::uint32_t pin[kPinsPerLine];
};
static_assert(sizeof(PinLineLayout) == kLineBytes);

// One subscription's place in one ring, written by the subscribing process only.
struct JoinLayout {
  alignas(kLineBytes) std::uint64_t cursor;  // next wanted sequence, or one of those below
  std::uint64_t ring_name;                   // generation << 32 | ring index
  std::uint64_t private_cursor;  // next wanted number of its private ring; 0 = not there yet
  std::uint64_t reserved[5];
};
static_assert(sizeof(JoinLayout) == kLineBytes && offsetof(JoinLayout, ring_name) == 8 &&
              offsetof(JoinLayout, private_cursor) == 16);

inline constexpr std::uint64_t kJoining = ~std::uint64_t{0};
inline constexpr std::uint64_t kLeft = ~std::uint64_t{0} - 1;  // and counted what it missed
inline constexpr std::uint64_t kNeverRead =
    ~std::uint64_t{0} - 2;  // came too late; counted nothing

constexpr std::uint64_t ring_name(std::uint32_t ring_index, std::uint32_t ring_generation) {
  return std::uint64_t{ring_generation} << 32 | ring_index;
}

// What one subscription has seen, written by the subscribing process only.
struct SubscriptionCountersLayout {
  alignas(kLineBytes) std::uint64_t received;
  std::uint64_t lost_overwritten;     // the publisher came round before the message was taken
  std::uint64_t lost_evicted;         // demoted to best effort, then overwritten
  std::uint64_t lost_refused;         // drop_newest: no room
  std::uint64_t lost_publisher_gone;  // an orphan made way with unread messages in it
  std::uint64_t lost_upstream;        // lost before the publisher, as it said itself
  std::uint64_t history_missed;       // history asked for but overwritten meanwhile
  std::uint64_t skipped;              // passed over by read_latest, by intention
  std::uint64_t safety_wakeups;       // data found by a time-out: must be 0
  std::uint64_t sleeps;
  std::uint64_t high_water;  // most messages seen waiting in one ring
  std::uint64_t corrupt;     // peers' words out of range
  std::uint64_t last_taken_ns;
  std::uint64_t ended;  // of a pattern's: record generation + 1 once its reader uses it no more
  std::uint64_t reserved[2];
};
static_assert(sizeof(SubscriptionCountersLayout) == 2 * kLineBytes);

// Where a waiter is rung. Every process reads it, so an index in it is input like any other.
enum class BedKind : std::uint32_t {
  OwnBell = 0,  // on the bell of its own number
  Delegate =
      1,  // not itself: waiter `index` sleeps for it. Followed once; a delegate of a delegate
          // sleeps on its own bell
  RingBell = 2,  // on the bell of ring `index`, with everybody else who sleeps there
  Socket = 3,    // in the kernel: by a datagram to the doorbell of waiter `index`
};

struct Bed {
  BedKind kind = BedKind::OwnBell;
  std::uint32_t index = 0;

  bool operator==(const Bed&) const = default;
};
constexpr std::uint64_t bed_word(Bed bed) {
  return static_cast<std::uint64_t>(bed.kind) << 32 | bed.index;
}
// A kind that is none is an own bell.
constexpr Bed bed_of(std::uint64_t word) {
  if (word >> 32 > static_cast<std::uint64_t>(BedKind::Socket)) return {};
  return {static_cast<BedKind>(word >> 32), static_cast<std::uint32_t>(word)};
}

// Somebody who may sleep. Written by the waiting process only, while it has the line. `sleep` is odd while
// it does, never goes back, whoever has the line, and has one writer. `bed` changes only while it is
// awake.
struct WaiterLayout {
  alignas(kLineBytes) std::uint64_t sleep;
  std::uint64_t bed;  // bed_word()
  std::uint64_t reserved[6];
};
static_assert(sizeof(WaiterLayout) == kLineBytes && offsetof(WaiterLayout, bed) == 8);

// A futex word; anybody may add to it, nobody ever stores to it. `hints` say for whom a waiter that sleeps for
// others was rung: bit `number of the other % kHintBits`, set by who rings, cleared by the waiter.
inline constexpr std::size_t kHintWords = 7;
inline constexpr std::uint32_t kHintBits = kHintWords * 64;
struct BellLayout {
  alignas(kLineBytes) std::uint32_t bell;
  std::uint32_t safety_wakeups;  // of all who ever waited here; as the bell, never reset
  std::uint64_t hints[kHintWords];
};
static_assert(sizeof(BellLayout) == kLineBytes && offsetof(BellLayout, safety_wakeups) == 4 &&
              offsetof(BellLayout, hints) == 8);

// The futex words of a ring: one for readers that sleep on the ring itself, one for its publisher when
// it waits for room.
struct RingBellLayout {
  alignas(kLineBytes) std::uint32_t bell;
  std::uint32_t publisher_bell;
  std::uint32_t safety_wakeups;  // of all its publishers; as the bells, never reset
  std::uint32_t reserved[13];
};
static_assert(sizeof(RingBellLayout) == kLineBytes &&
              offsetof(RingBellLayout, publisher_bell) == 4 &&
              offsetof(RingBellLayout, safety_wakeups) == 8);

// A bit per member of a ring: set by a member that is about to sleep, so a publish looks at one
// line instead of one per member. A stale bit costs one look.
inline constexpr std::size_t kSummaryWords = 8;
struct SummaryLayout {
  alignas(kLineBytes) std::uint64_t bits[kSummaryWords];
};
static_assert(sizeof(SummaryLayout) == kLineBytes);

}  // namespace tarn::ring
