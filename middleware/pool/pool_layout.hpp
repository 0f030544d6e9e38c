// The first page of the pool file: what the file is and where everything in it lies. Written by the
// broker only. Clients copy what they need once, at attach, after checking it (pool_geometry.hpp).
//
//   header page | directory tables | bells, ring bells, summaries | subscriber blocks | publisher areas
//   (broker)      (broker)           (everybody, atomic RMW)        (one client each)   (one publisher each)
//
// Every part starts on a page. Offsets are from the start of the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace tarn::pool {

inline constexpr std::uint64_t kPoolMagic = 0x4c4f4f504e524154;  // "TARNPOOL"
inline constexpr std::uint32_t kLayoutVersion = 5;
inline constexpr std::size_t kDomainNameBytes = 40;
inline constexpr std::uint32_t kLineBytes = 64;

// The byte of the liveness file that client 0 locks; the others follow.
inline constexpr std::uint64_t kFirstAliveByte = 16;

// Bytes of the records that other rooms lay out. Part of the layout, so the pool can be planned and
// checked without knowing what a record says; directory/ asserts that its records are this large.
inline constexpr std::uint32_t kClientRecordBytes = 128;
inline constexpr std::uint32_t kTopicRecordBytes = 384;
inline constexpr std::uint32_t kRingRecordBytes = 256;
inline constexpr std::uint32_t kSubscriberRecordBytes = 64;
inline constexpr std::uint32_t kWaiterRecordBytes = 32;
inline constexpr std::uint32_t kMemberEntryBytes = 16;
inline constexpr std::uint32_t kBlockOwnerBytes = 4;
inline constexpr std::uint32_t kPatternRecordBytes = 320;

// Where a table of equal records lies.
struct TableLayout {
  alignas(8) std::uint64_t offset;
  std::uint32_t count;
  std::uint32_t record_bytes;
};
static_assert(sizeof(TableLayout) == 16);

enum class PoolState : std::uint32_t {
  Building = 0,  // not yet renamed into place, or its builder died
  Ready = 1,
  Gone = 2,  // reset or unlinked: handles into it answer DomainReset
};

// The domain's defaults.spin: whether a wait that finds nothing looks again for a while before it
// sleeps, where there is more than one CPU.
enum class Spin : std::uint32_t { Never = 0, Calibrated = 1 };

struct PoolHeaderLayout {
  // What this file is; checked before anything else.
  alignas(64) std::uint64_t magic;
  std::uint32_t layout_version;
  std::uint32_t page_bytes;
  std::uint32_t line_bytes;   // 64
  std::uint32_t stamp_clock;  // clockid of every time in the pool: CLOCK_MONOTONIC = 1
  alignas(8) std::uint64_t pool_bytes;
  std::uint64_t pool_id;          // random; another pool of this domain has another
  char domain[kDomainNameBytes];  // NUL-padded
  std::uint64_t reserved0[4];
  // Where things are.
  TableLayout clients;        // directory::ClientRecordLayout
  TableLayout topics;         // directory::TopicRecordLayout
  TableLayout rings;          // directory::RingRecordLayout
  TableLayout subscribers;    // directory::SubscriberRecordLayout
  TableLayout waiters;        // directory::WaiterRecordLayout
  TableLayout members;        // directory::MemberEntryLayout
  TableLayout type_text;      // bytes
  TableLayout block_owners;   // u32 per subscriber block: client index + 1, 0 = free
  TableLayout bells;          // ring::BellLayout, by waiter index
  TableLayout ring_bells;     // ring::RingBellLayout, by ring index
  TableLayout summaries;      // ring::SummaryLayout, by ring index
  TableLayout blocks;         // subscriber blocks of one page each
  TableLayout areas;          // record_bytes = page_bytes, count = pages for publisher areas
  TableLayout configuration;  // bytes, two halves; what the brokers of this pool go by
  TableLayout patterns;       // directory::PatternRecordLayout
  TableLayout reserved1[1];
  // The broker, now or last.
  std::uint32_t state;         // PoolState
  std::uint32_t broker_epoch;  // one more with every process that takes the role
  std::int32_t broker_pid;
  std::uint32_t broker_uid;
  std::uint64_t broker_start_time;  // field 22 of /proc/PID/stat: tells a reused pid
  std::uint32_t ring_generation;    // generation of the newest ring, domain-wide, never goes back
  std::uint32_t observers;
  // Counters of the broker.
  std::uint64_t connections;      // accepted since the pool was made
  std::uint64_t protocol_errors;  // connections closed for what they sent
  std::uint64_t reaped_clients;
  std::uint64_t refused_requests;
  std::uint64_t area_bytes_used;  // publisher areas in use, orphans included
  std::uint64_t orphan_bytes;
  std::uint64_t planned_bytes;  // kept for listed topics
  // Reloads. The configuration that holds is in half `configuration_number % 2` of its table.
  std::uint32_t configuration_number;  // how many took another's place
  std::uint32_t last_reload_failed;    // 1: the newest try left the configuration as it was
  std::uint64_t reloads_failed;
  std::uint64_t last_reload_ns;  // CLOCK_MONOTONIC of the newest try; 0: there was none
  std::uint32_t spin;            // Spin; a reload may change it
  std::uint32_t reserved2;
  std::uint64_t reserved3[1];
};
static_assert(std::is_standard_layout_v<PoolHeaderLayout> &&
              std::is_trivially_copyable_v<PoolHeaderLayout>);
static_assert(offsetof(PoolHeaderLayout, pool_bytes) == 24);
static_assert(offsetof(PoolHeaderLayout, clients) == 112);
static_assert(offsetof(PoolHeaderLayout, state) == 368);
static_assert(offsetof(PoolHeaderLayout, configuration_number) == 456);
static_assert(sizeof(PoolHeaderLayout) == 512);

}  // namespace tarn::pool
