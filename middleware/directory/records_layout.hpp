// The records by which a domain's processes find each other: clients, topics, rings, subscribers,
// waiters and the members of a ring. Written by the broker only, read by everybody. A record is
// published by its state word, which also carries the record's generation:
//
//   Free --> Reserved --> Active --> Orphan (rings) --> Retiring --> Free, generation + 1
//                         Active --> Closing (clients, subscribers that still hold samples, patterns) --> Free
//                         Active --> Reaping (the process died) --> Free
//
// A reader loads the state (acquire), reads the fields, and uses them only while the state is unchanged.
// A broker that finds Reserved frees it; one that finds Reaping or Retiring finishes the work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "middleware/pool/pool_layout.hpp"

namespace tarn::directory {

enum class RecordState : std::uint8_t {
  Free = 0,
  Reserved = 1,
  Active = 2,
  Closing = 3,
  Orphan = 4,
  Retiring = 5,
  Reaping = 6,
};

// Whether a record in this state counts for its owner and its topic.
[[nodiscard]] constexpr bool is_in_use(RecordState state) noexcept {
  return state != RecordState::Free && state != RecordState::Reserved;
}

// state word = generation << 8 | RecordState. Generations never go back.
constexpr std::uint64_t state_word(std::uint64_t generation, RecordState state) {
  return generation << 8 | static_cast<std::uint64_t>(state);
}
constexpr RecordState record_state(std::uint64_t word) {
  return static_cast<RecordState>(word & 0xFF);
}
constexpr std::uint32_t record_generation(std::uint64_t word) {
  return static_cast<std::uint32_t>(word >> 8);
}

inline constexpr std::size_t kTopicNameBytes = 128;  // NUL included
inline constexpr std::size_t kTypeNameBytes = 64;
inline constexpr std::size_t kNodeNameBytes = 64;

inline constexpr std::uint32_t kNone = 0xFFFFFFFF;  // an index that names nothing

struct ClientRecordLayout {
  alignas(64) std::uint64_t state;
  std::uint64_t start_time;  // of the process, field 22 of /proc/PID/stat; 0 = unknown
  std::int32_t pid;
  std::uint32_t uid;
  std::uint32_t blocks;  // subscriber blocks granted
  std::uint32_t flags;
  char name[kNodeNameBytes];
  std::uint64_t
      numbering;  // in which pid and start time count (platform::process_numbering); 0: in none
  std::uint64_t reserved[3];
};
static_assert(sizeof(ClientRecordLayout) == 128);

// Who came to the other end and went again. What came minus what closed and died is there now, except
// between two stores of the broker: its successor puts that right.
struct PeerTotalsLayout {
  alignas(8) std::uint64_t came;
  std::uint64_t closed;
  std::uint64_t died;
};
static_assert(sizeof(PeerTotalsLayout) == 24);

enum class Overflow : std::uint32_t { DropOldest = 0, DropNewest = 1, Block = 2, Reject = 3 };
enum class Stamp : std::uint32_t { Source = 0, None = 1 };

struct TopicRecordLayout {
  alignas(64) std::uint64_t state;
  std::uint32_t version;  // one more whenever a ring of this topic comes, goes or is orphaned
  std::uint32_t flags;    // kTopicListed, kTopicSized, kTopicFormer
  std::uint64_t type_hash;
  std::uint32_t payload_bytes;  // the largest payload allowed, or asked for where none is set
  std::uint32_t alignment;
  std::uint32_t depth;
  std::uint32_t history;
  std::uint32_t publishers;   // limit
  std::uint32_t subscribers;  // limit
  std::uint32_t orphans;      // planned for
  std::uint32_t held;
  std::uint32_t loans;
  std::uint32_t slot_bytes;
  std::uint32_t overflow;  // Overflow
  std::uint32_t stamp;     // Stamp
  std::uint64_t timeout_ns;
  std::uint64_t evict_after_ns;
  std::uint32_t type_text_offset;  // in the type_text table
  std::uint32_t type_text_bytes;
  std::uint32_t type_bytes;       // sizeof the message type
  std::uint32_t publisher_count;  // now
  std::uint32_t subscriber_count;
  std::uint32_t orphan_count;
  char name[kTopicNameBytes];
  char type_name[kTypeNameBytes];
  PeerTotalsLayout publisher_totals;  // since the topic came to be
  std::uint64_t reserved[5];
};
static_assert(sizeof(TopicRecordLayout) == 384);
inline constexpr std::uint32_t kTopicListed = 1;
inline constexpr std::uint32_t kTopicSized = 2;  // payload_bytes is the configuration's
// By a configuration that was replaced: its settings change when nobody is on it.
inline constexpr std::uint32_t kTopicFormer = 4;

struct RingRecordLayout {
  alignas(64) std::uint64_t state;
  std::uint32_t topic;
  std::uint32_t client;
  std::uint64_t area_offset;
  std::uint64_t area_bytes;
  std::uint32_t ring_generation;  // domain-wide, from PoolHeaderLayout::ring_generation
  std::uint32_t depth;            // slots
  std::uint32_t slot_bytes;
  std::uint32_t chunk_count;  // 0: every payload is inline
  std::uint32_t chunk_bytes;  // stride of chunks, a multiple of 64
  std::uint32_t payload_bytes;
  std::uint64_t slots_offset;   // from the start of the area
  std::uint64_t chunks_offset;  // from the start of the area
  std::uint32_t gid_base;       // id of chunk 0: area_offset / 64, so ranges cannot overlap
  std::uint32_t loans;
  std::uint32_t members_first;  // in the members table
  std::uint32_t members_capacity;
  std::uint32_t members_version;  // one more after an entry changed
  std::uint32_t flags;            // kRingEndCounted
  std::uint64_t origin_node;      // 0 = this device
  std::uint32_t request;          // number of the client's request that it answers
  std::uint32_t reserved0;
  char publisher_name[kNodeNameBytes];
  PeerTotalsLayout subscriber_totals;  // since the ring came to be
  std::uint64_t private_rings_offset;  // from the start of the area; 0: there are none
  // A count that may be under way when its broker dies: of what the member at this place never read.
  std::uint32_t gone_place;  // the place + 1; 0: none yet
  std::uint32_t reserved1;
  std::uint64_t gone_before;  // the subscriber's publisher_gone, without it
  std::uint64_t reserved2[3];
};
static_assert(sizeof(RingRecordLayout) == 256);
inline constexpr std::uint32_t kRingEndCounted = 1;  // in the topic's publisher_totals
static_assert(offsetof(RingRecordLayout, members_version) == 88);

struct SubscriberRecordLayout {
  alignas(64) std::uint64_t state;
  std::uint32_t topic;
  std::uint32_t client;
  std::uint32_t counters_line;  // lines are numbered from the start of the subscriber blocks
  std::uint32_t pins_line;
  std::uint32_t held;
  std::uint32_t waiter;                 // index of its waiter
  std::uint32_t first_ring_generation;  // rings with a higher one were created after this record
  std::uint32_t flags;                  // kSubscriberReliable
  std::uint32_t depth;                  // keep last
  std::uint32_t history;
  std::uint64_t publisher_gone;  // unread messages in orphans that had to make way unjoined
  std::uint32_t request;         // number of the client's request that it answers
  std::uint32_t pattern;         // of a pattern's: the pattern's index + 1; else 0
};
static_assert(sizeof(SubscriberRecordLayout) == 64);
inline constexpr std::uint32_t kSubscriberReliable = 1;

// What a client wants of every topic with a name that matches. Each of its subscriptions is a record of
// its own, which names it and sleeps on its waiter.
struct PatternRecordLayout {
  alignas(64) std::uint64_t state;
  std::uint32_t client;
  std::uint32_t waiter;   // one that belongs to no subscription
  std::uint32_t request;  // number of the client's request that it answers
  std::uint32_t version;  // one more whenever a topic was entered for it, or could not be
  std::uint32_t depth;    // these four as asked for; a topic that gives less gives that
  std::uint32_t history;
  std::uint32_t held;
  std::uint32_t
      reliability;  // 0: as each topic, 1: best effort, 2: reliable where the topic allows it
  std::uint64_t type_hash;
  std::uint32_t type_bytes;
  std::uint32_t alignment;
  std::uint64_t refused_topics;   // that came and had no room for it
  std::uint64_t type_mismatches;  // topics that came with another type
  char pattern[kTopicNameBytes];
  char type_name[kTypeNameBytes];
  std::uint64_t reserved[7];
};
static_assert(sizeof(PatternRecordLayout) == 320);

struct WaiterRecordLayout {
  alignas(8) std::uint64_t state;
  std::uint32_t line;  // ring::WaiterLayout in the subscriber blocks; bell = same index in bells
  std::uint32_t client;
  std::uint32_t flags;    // kWaiterAlone, kWaiterSocket
  std::uint32_t request;  // number of the client's request that it answers; of those alone
  std::uint32_t reserved[2];
};
static_assert(sizeof(WaiterRecordLayout) == 32);
inline constexpr std::uint32_t kWaiterAlone = 1;   // of no subscription: asked for by itself
inline constexpr std::uint32_t kWaiterSocket = 2;  // there may be a socket that it is rung by

// One subscription's entry with one ring. `member` is stored last when an entry comes and first when
// it goes; RingRecordLayout::members_version follows.
struct MemberEntryLayout {
  alignas(8) std::uint64_t member;  // generation << 26 | subscriber << 2 | reliable << 1 | active
  std::uint32_t join_line;          // ring::JoinLayout in the subscriber blocks
  std::uint32_t waiter;
};
static_assert(sizeof(MemberEntryLayout) == 16);

constexpr std::uint64_t member_word(std::uint64_t generation, std::uint32_t subscriber,
                                    bool reliable, bool active) {
  return generation << 26 | std::uint64_t{subscriber & 0xFFFFFF} << 2 | (reliable ? 2U : 0U) |
         (active ? 1U : 0U);
}
constexpr bool member_active(std::uint64_t word) { return (word & 1) != 0; }
constexpr bool member_reliable(std::uint64_t word) { return (word & 2) != 0; }
constexpr std::uint32_t member_subscriber(std::uint64_t word) {
  return static_cast<std::uint32_t>(word >> 2) & 0xFFFFFF;
}

static_assert(sizeof(ClientRecordLayout) == pool::kClientRecordBytes);
static_assert(sizeof(TopicRecordLayout) == pool::kTopicRecordBytes);
static_assert(sizeof(RingRecordLayout) == pool::kRingRecordBytes);
static_assert(sizeof(SubscriberRecordLayout) == pool::kSubscriberRecordBytes);
static_assert(sizeof(WaiterRecordLayout) == pool::kWaiterRecordBytes);
static_assert(sizeof(MemberEntryLayout) == pool::kMemberEntryBytes);
static_assert(sizeof(PatternRecordLayout) == pool::kPatternRecordBytes);

static_assert(std::is_standard_layout_v<TopicRecordLayout> &&
              std::is_standard_layout_v<RingRecordLayout> &&
              std::is_standard_layout_v<ClientRecordLayout> &&
              std::is_standard_layout_v<SubscriberRecordLayout>);

}  // namespace tarn::directory
