#include "middleware/port/publisher_port.hpp"

#include <algorithm>
#include <cstring>

#include "middleware/pool/pool_state.hpp"
#include "middleware/ring/protocol.h"
#include "platform/clock.hpp"

namespace tarn::port {

namespace {

// Staging is aligned like a chunk, since T may ask for as much.
constexpr std::size_t kStagingAlignment = ring::kLineBytes;

std::chrono::nanoseconds saturated(std::uint64_t count) noexcept {
  const auto most = static_cast<std::uint64_t>(std::chrono::nanoseconds::max().count());
  return std::chrono::nanoseconds(static_cast<std::int64_t>(std::min(count, most)));
}

std::size_t staging_stride(std::uint32_t payload_bytes) noexcept {
  return (payload_bytes + kStagingAlignment - 1) / kStagingAlignment * kStagingAlignment;
}

std::span<std::uint64_t> summary_words(const pool::PoolView& pool, std::uint32_t ring_index,
                                       std::uint32_t members) noexcept {
  auto* summary = pool.record<ring::SummaryLayout>(pool.geometry().summaries, ring_index);
  return summary == nullptr ? std::span<std::uint64_t>{}
                            : std::span(summary->bits).first((members + 63) / 64);
}

}  // namespace

Result<std::unique_ptr<PublisherPort>> PublisherPort::attach(
    const pool::PoolView& pool, std::uint32_t ring_index, const platform::DatagramSender* sender) {
  const auto facts = directory::read_ring(pool, ring_index);
  if (!facts || facts->members_capacity > ring::kSummaryWords * 64) {
    return Failure(
        Error::make(Errc::Corrupt, 0, "the pool's record of ring %u does not hold", ring_index));
  }
  const auto* topic =
      pool.record<directory::TopicRecordLayout>(pool.geometry().topics, facts->topic);
  if (topic == nullptr) {
    return Failure(Error::make(Errc::Corrupt, 0, "ring %u names topic %u of %u", ring_index,
                               facts->topic, pool.geometry().topics.count));
  }
  auto* bells = pool.record<ring::RingBellLayout>(pool.geometry().ring_bells, ring_index);
  if (bells == nullptr) {
    return Failure(Error::make(Errc::Corrupt, 0, "the pool has no bell for ring %u", ring_index));
  }
  return std::unique_ptr<PublisherPort>(
      new PublisherPort(pool, *facts, {.topic = *topic, .bells = *bells, .sender = sender}));
}

PublisherPort::PublisherPort(const pool::PoolView& pool, const directory::RingFacts& facts,
                             const Surroundings& surroundings)
    : pool_(pool),
      facts_(facts),
      members_version_(&pool.record<directory::RingRecordLayout>(pool.geometry().rings, facts.index)
                            ->members_version),
      summary_(summary_words(pool, facts.index, facts.members_capacity)),
      writer_(facts.view),
      traffic_(facts.view.header->counters),
      ledger_(facts.view.chunk_count,
              facts.private_rings == nullptr ? 1 : facts.members_capacity + 1),
      members_(facts.members_capacity),
      beds_(pool_, surroundings.sender),
      waker_(pool.geometry().waiters.count),
      sleeper_(&facts.view.header->publisher_sleep, &surroundings.bells.publisher_bell),
      safety_total_(&surroundings.bells.safety_wakeups),
      timeout_(saturated(surroundings.topic.timeout_ns)),
      overflow_(static_cast<directory::Overflow>(surroundings.topic.overflow)),
      // One never published, so that the first look reads the table. relaxed would do: that look
      // acquires.
      members_seen_(tarn_load_acquire_u32(members_version_) - 1),
      way_(facts.view.chunk_count == 0 ? Way::Slot : Way::Chunk),
      stamped_(surroundings.topic.stamp == static_cast<std::uint32_t>(directory::Stamp::Source)) {
  if (overflow_ == directory::Overflow::Block || overflow_ == directory::Overflow::Reject) {
    gate_ = std::make_unique<ring::Gate>(
        facts.view, ring::ring_name(facts.index, facts.ring_generation), facts.members_capacity,
        saturated(surroundings.topic.evict_after_ns));
  }
  if (facts.private_rings != nullptr) {
    way_ = Way::Each;
    private_ = std::make_unique<ring::PrivateRings>(
        facts.view, facts.private_rings, facts.members_capacity,
        ring::ring_name(facts.index, facts.ring_generation));
  }
  if (!inline_payloads()) return;
  // Room to align the first buffer.
  staging_.resize(facts.loans * staging_stride(facts.payload_bytes) + kStagingAlignment);
  for (std::uint32_t index = facts.loans; index > 0; --index) free_staging_.push_back(index - 1);
}

std::byte* PublisherPort::staging(std::uint32_t index) noexcept {
  const auto start = reinterpret_cast<std::uintptr_t>(staging_.data());
  const std::size_t skew = (kStagingAlignment - start % kStagingAlignment) % kStagingAlignment;
  return staging_.data() + skew + index * staging_stride(facts_.payload_bytes);
}

Error PublisherPort::too_many_loans() noexcept {
  ++loan_failures_;
  // relaxed: a counter with one writer, read by tools.
  tarn_store_relaxed_u64(&facts_.view.header->counters.loan_failures, loan_failures_);
  return Error::make(Errc::TooManyLoans, 0,
                     "all %u loans of this publisher are out: publish or drop one first, or raise "
                     "`loans` of the topic",
                     facts_.loans);
}

Result<LoanedMemory> PublisherPort::loan() noexcept {
  if (loans_out_ == facts_.loans) return Failure(too_many_loans());
  if (inline_payloads()) {
    const std::uint32_t index = free_staging_.back();
    free_staging_.pop_back();
    ++loans_out_;
    return LoanedMemory{.data = staging(index), .index = index};
  }
  // The area holds a chunk for every slot, loan and pin there can be, so a scan finds one; and if it met a
  // line of pins twice, since one subscriber went and another came while it looked, the next one does.
  if (!ledger_.has_free() && !reclaim() && !reclaim()) return Failure(too_many_loans());
  const std::uint32_t chunk = ledger_.pop_free();
  ++loans_out_;
  std::byte* const data = facts_.view.chunk(chunk);
  // A reader had these lines last; both ends of a payload are what everybody touches.
  tarn_prefetch_for_write(data);
  tarn_prefetch_for_write(data + facts_.payload_bytes - 1);
  return LoanedMemory{.data = data, .index = chunk};
}

void PublisherPort::give_back(std::uint32_t index) noexcept {
  --loans_out_;
  if (inline_payloads()) {
    free_staging_.push_back(index);
  } else {
    ledger_.give_back(index);
  }
}

ring::MessageNote PublisherPort::note(std::uint32_t length_bytes, Provenance from) const noexcept {
  const bool now = stamped_ && from.stamp_ns == 0;
  return {.stamp_ns = now ? platform::monotonic_nanoseconds() : from.stamp_ns,
          .length_bytes = length_bytes,
          .lost_before = from.lost_before,
          .flags = 0};
}

Published PublisherPort::publish(std::uint32_t index, std::uint32_t length_bytes,
                                 Provenance from) noexcept {
  const ring::MessageNote said = note(length_bytes, from);
  if (way_ == Way::Slot) {
    writer_.commit_inline(said, staging(index));
    free_staging_.push_back(index);
  } else if (way_ == Way::Chunk) {
    const std::uint32_t old = writer_.commit_chunk(said, index);
    if (old != ring::kNoChunk) ledger_.retire(old);
  } else {
    return publish_to_each(index, said);
  }
  --loans_out_;
  return finish(said);
}

Result<Published> PublisherPort::send(const void* payload, std::uint32_t length_bytes,
                                      Provenance from) noexcept {
  if (way_ == Way::Slot) {
    const ring::MessageNote said = note(length_bytes, from);
    writer_.commit_inline(said, payload);
    return finish(said);
  }
  if (inline_payloads()) return send_to_each(payload, note(length_bytes, from));
  auto memory = loan();
  if (!memory) return Failure(memory.error());
  // An empty slice may come from nowhere.
  if (length_bytes != 0) std::memcpy(memory->data, payload, length_bytes);
  return publish(memory->index, length_bytes, from);
}

// After the commit: count, then look for sleepers. In this order: a reader that polls has its message
// by now, and the other order made the next one 30 ns later.
Published PublisherPort::finish(const ring::MessageNote& note) noexcept {
  bytes_ += note.length_bytes;
  // relaxed: a counter with one writer, read by tools.
  tarn_store_relaxed_u64(&facts_.view.header->counters.bytes, bytes_);
  if (stamped_) traffic_.count(note.stamp_ns, note.length_bytes);
  const std::uint64_t sequence = writer_.next_sequence() - 1;
  return {.sequence = sequence, .woken = wake()};
}

// A chunk is retired once another message stands in its slot; the commit that put it there had a full
// fence between the slot's first word and every look at a pin here.
bool PublisherPort::reclaim() noexcept {
  sync_members();
  ledger_.clear_marks();
  for (const ring::Member& member : members_.members()) {
    ledger_.mark_pinned(member.pins, facts_.view.gid_base);
  }
  ledger_.free_unmarked();
  return ledger_.has_free();
}

std::uint32_t PublisherPort::wake() noexcept {
  std::uint32_t woken = 0;
  for (std::size_t word = 0; word < summary_.size(); ++word) {
    const std::uint64_t bits = tarn_summary_look(&summary_[word]);
    if (bits != 0) woken += wake_sleepers(static_cast<std::uint32_t>(word * 64), bits);
  }
  if (woken != 0) finish_waking(woken);
  return woken;
}

// Follows a publish fence. A member that can hold a validated pin or sleep was entered, and the
// version raised, before it could: so it is found by this look or by the next.
void PublisherPort::sync_members() noexcept {
  // order(directory.members_version): acquire. Pairs with the broker's increment after an entry
  // changed: the entries read below are at least as new.
  const std::uint32_t version = tarn_load_acquire_u32(members_version_);
  if (version == members_seen_) return;
  for (std::uint32_t place = 0; place < facts_.members_capacity; ++place) {
    const auto entry = directory::read_member(pool_, facts_, place);
    const auto member = entry ? directory::resolve_member(pool_, facts_, *entry) : std::nullopt;
    if (gate_ != nullptr && (!member || member->word != members_.word_at(place))) {
      gate_->forget(place);
    }
    if (private_ != nullptr) serve(place, member);
    if (member) {
      members_.set(place, *member);
    } else {
      members_.clear(place);
    }
  }
  members_seen_ = version;
  pool_gone_ = pool::load_pool_state(pool_.header()) == pool::PoolState::Gone;
}

void PublisherPort::close() noexcept {
  writer_.close();
  wake_all();
}

PublisherCounts PublisherPort::counts() const noexcept {
  return {.published = writer_.next_sequence() - 1,
          .loan_failures = loan_failures_,
          .woken = woken_,
          .rejected = rejected_,
          .refused = private_ == nullptr ? 0 : private_->refused(),
          .evictions = gate_ == nullptr ? 0 : gate_->evictions(),
          .blocked = blocked_,
          .safety_wakeups = safety_wakeups_};
}

std::uint32_t PublisherPort::subscriber_count() noexcept {
  sync_members();
  std::uint32_t count = 0;
  for (const ring::Member& member : members_.members()) count += member.bed != nullptr ? 1 : 0;
  return count;
}

}  // namespace tarn::port
