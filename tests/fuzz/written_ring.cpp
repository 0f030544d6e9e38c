#include "tests/fuzz/written_ring.hpp"

#include <cstring>

#include "middleware/directory/record_checks.hpp"
#include "middleware/ring/private_ring.hpp"
#include "middleware/ring/protocol.h"
#include "tests/fuzz/foreign_pages.hpp"

namespace tarn::fuzz {

namespace {

constexpr std::uint32_t kPageBytes = 4096;
constexpr std::uint32_t kMostDepth = 6;
constexpr std::uint32_t kSlotBytes = 64;
constexpr std::uint32_t kChunkBytes = 64;
constexpr std::uint64_t kAreaBytes = std::uint64_t{4} * kPageBytes;

// Laid out once: the same for every input.
struct Memory {
  pool::PoolGeometry geometry;
  std::byte* bytes;
};

Memory lay_out() {
  const pool::PoolLimits limits{.clients = 2,
                                .topics = 1,
                                .publishers = 1,
                                .memberships = 64,
                                .waiters = 4,
                                .observers = 1,
                                .patterns = 1,
                                .type_text_bytes = 64};
  const auto bookkeeping = pool::bookkeeping_bytes(limits, kPageBytes);
  require(bookkeeping.has_value(), "the pool has room for its records");
  const auto geometry = pool::plan_geometry(limits, *bookkeeping + kAreaBytes, kPageBytes);
  require(geometry.has_value(), "the pool can be laid out");
  auto* const bytes = new (std::align_val_t{kPageBytes}) std::byte[geometry->pool_bytes];
  return {.geometry = *geometry, .bytes = bytes};
}

const Memory& memory() {
  static const Memory laid_out = lay_out();
  return laid_out;
}

std::uint64_t round_up(std::uint64_t bytes) { return (bytes + 63) / 64 * 64; }

// The first block is the spoilt client's, the second the honest one's.
std::uint32_t line_of(std::uint32_t reader, std::uint32_t first) {
  const auto& block = memory().geometry.block;
  return reader == kHonest ? block.lines + first : first + reader;
}

}  // namespace

WrittenRing::WrittenRing(const RingWish& wish)
    : view_(memory().bytes, memory().geometry), writer_(view_) {
  std::memset(view_.base(), 0, view_.geometry().pool_bytes);
  pool::store_geometry(view_.geometry(), view_.header());
  write_topic(wish);
  write_ring(wish);
  for (std::uint32_t reader = 0; reader < kReaders; ++reader) write_reader(reader, wish.reliable);
  writer_.members_changed(kRing);
}

void WrittenRing::write_topic(const RingWish& wish) {
  directory::TopicRecordLayout topic{};
  topic.overflow = static_cast<std::uint32_t>(wish.overflow);
  topic.evict_after_ns = wish.evict_after_ns;
  writer_.reserve(0, topic);
  writer_.set_state<directory::TopicRecordLayout>(0, directory::RecordState::Active);
}

void WrittenRing::write_ring(const RingWish& wish) {
  const bool each = wish.overflow == directory::Overflow::DropNewest;
  directory::RingRecordLayout record{};
  record.area_offset = view_.geometry().areas.offset;
  record.area_bytes = kAreaBytes;
  record.ring_generation = 1;
  record.depth = wish.depth;
  record.slot_bytes = kSlotBytes;
  record.payload_bytes = kPayloadBytes;
  record.loans = kLoans;
  record.members_capacity = kReaders;
  record.slots_offset = sizeof(ring::RingHeaderLayout);
  std::uint64_t end = record.slots_offset + std::uint64_t{wish.depth} * kSlotBytes;
  if (each) {
    record.private_rings_offset = end;
    end += kReaders * ring::private_ring_bytes(wish.depth, kSlotBytes);
  }
  record.chunks_offset = round_up(end);
  if (wish.chunks) {
    record.chunk_bytes = kChunkBytes;
    record.chunk_count = wish.depth * (each ? 1 + kReaders : 1) + kLoans + kReaders * kHeld + 1;
  }
  record.gid_base = static_cast<std::uint32_t>(record.area_offset / 64);
  require(directory::holds(record, view_.geometry()) && wish.depth <= kMostDepth,
          "the ring fits its area");
  writer_.reserve(kRing, record);
  const ring::RingView ring = directory::view_of(record, view_);
  for (std::uint32_t slot = 0; slot < wish.depth; ++slot) {
    ring.slot(slot)->ctl = tarn_ctl(0, TARN_CHUNK_NONE);
  }
  for (std::uint32_t place = 0; each && place < kReaders; ++place) {
    ring::clear(*directory::private_ring_of(record, place, view_));
  }
  writer_.set_state<directory::RingRecordLayout>(kRing, directory::RecordState::Active);
}

void WrittenRing::write_reader(std::uint32_t reader, bool reliable) {
  const auto& block = view_.geometry().block;
  directory::WaiterRecordLayout waiter{};
  waiter.line = line_of(reader, 0);
  writer_.reserve(reader, waiter);
  writer_.set_state<directory::WaiterRecordLayout>(reader, directory::RecordState::Active);
  directory::SubscriberRecordLayout subscriber{};
  subscriber.pins_line = line_of(reader, block.waiters + 2 * block.subscriptions);
  subscriber.held = kHeld;
  subscriber.depth = 2;
  subscriber.waiter = reader;
  writer_.reserve(reader, subscriber);
  writer_.set_state<directory::SubscriberRecordLayout>(reader, directory::RecordState::Active);
  const std::uint32_t join_line = line_of(reader, block.lines - block.joins);
  *view_.line<ring::JoinLayout>(join_line) = {
      .cursor = 1, .ring_name = ring::ring_name(kRing, 1), .private_cursor = 0, .reserved = {}};
  writer_.enter_member(
      reader,
      {.subscriber = reader, .reliable = reliable, .join_line = join_line, .waiter = reader});
}

std::span<std::byte> WrittenRing::spoilt_page() const noexcept {
  return {view_.base() + view_.geometry().blocks.offset, kPageBytes};
}

std::array<std::span<std::byte>, 3> WrittenRing::spoilt_lines() const noexcept {
  const auto& block = view_.geometry().block;
  const auto lines = [&](std::uint32_t first) {
    return spoilt_page().subspan(std::size_t{first} * ring::kLineBytes,
                                 std::size_t{kHonest} * ring::kLineBytes);
  };
  return {lines(0), lines(block.waiters + 2 * block.subscriptions),
          lines(block.lines - block.joins)};
}

std::span<std::byte> WrittenRing::bells() const noexcept {
  return {view_.base() + view_.geometry().bells_offset(),
          static_cast<std::size_t>(view_.geometry().bells_bytes())};
}

std::span<std::byte> WrittenRing::summary() const noexcept {
  auto* const summary = view_.record<ring::SummaryLayout>(view_.geometry().summaries, kRing);
  return std::as_writable_bytes(std::span(summary->bits).first(1));
}

ring::JoinLayout& WrittenRing::join() const noexcept {
  const auto& block = view_.geometry().block;
  return *view_.line<ring::JoinLayout>(line_of(kHonest, block.lines - block.joins));
}

std::span<std::uint32_t> WrittenRing::pins() const noexcept {
  const auto& block = view_.geometry().block;
  const std::uint32_t line = line_of(kHonest, block.waiters + 2 * block.subscriptions);
  return std::span(view_.line<ring::PinLineLayout>(line)->pin).first(kHeld);
}

std::uint64_t WrittenRing::member_word() const noexcept {
  return view_.record<directory::MemberEntryLayout>(view_.geometry().members, kHonest)->member;
}

}  // namespace tarn::fuzz
