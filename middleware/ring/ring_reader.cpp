#include "middleware/ring/ring_reader.hpp"

#include <algorithm>

#include "middleware/ring/protocol.h"

namespace tarn::ring {

namespace {

// Every retry of a take means that its publisher went once round the ring meanwhile. A reader that
// loses this often answers Empty, and its caller looks again: no loop depends on a peer alone.
constexpr int kMaxAttempts = 1024;

std::uint32_t inline_capacity(const RingView& ring) {
  return inline_capacity_bytes(ring.slot_bytes);
}

}  // namespace

RingReader::RingReader(const RingView& ring, JoinLayout* join, ReaderStart start,
                       std::uint32_t keep_last) noexcept
    : ring_(ring),
      shown_cursor_(&join->cursor),
      cursor_(start.from),
      start_(start.first),
      counted_(start.from),
      index_(ring.slot_index(start.from)),
      keep_last_(start.reliable ? ring.depth : std::clamp(keep_last, 1U, ring.depth)),
      lengths_(start.lengths),
      reliable_(start.reliable) {}

// Compiled once for each use: a branch more on the way of a take shows in its latency.
template <RingReader::Kind kKind>
TakeResult RingReader::next(PinSet* pins, std::span<std::byte> copy_to, const OwnRing* own,
                            std::uint64_t* number) noexcept {
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    SlotLayout& slot = *ring_.slot(index_);
    const std::uint64_t seen = tarn_ctl_observe(&slot.ctl);
    const std::uint64_t sequence = tarn_ctl_sequence(seen, cursor_);
    const std::uint32_t chunk = tarn_ctl_chunk(seen);
    const bool busy = chunk == TARN_CHUNK_NONE;
    const auto ahead = static_cast<std::int64_t>(sequence - cursor_);
    if (ahead < 0 || (ahead == 0 && busy)) return {};
    std::uint64_t end = kNotBegun;
    if constexpr (kKind == Kind::ClaimsBefore) {
      end = own->begins();
      if (cursor_ >= end) return {};
    }
    if (ahead > 0) {
      const std::uint64_t observed = busy ? sequence - 1 : sequence;
      const Newer newer = judge(observed);
      if (newer == Newer::Nonsense) return pass_over_corrupt();
      if (newer == Newer::NonsenseAtEnd) return {};
      lap(observed, end);
      continue;
    }
    if constexpr (kKind == Kind::ClaimsNumbered) {
      // relaxed: validated with the slot's own words.
      *number = tarn_load_relaxed_u64(&own->ring.sequences[index_]);
    }
    if (keep_last_ < ring_.depth && keep_last_passed()) continue;
    TakeResult result;
    if (chunk == TARN_CHUNK_INLINE) {
      result = copy_from({inline_words(&slot), inline_capacity(ring_)}, slot, seen, copy_to);
    } else if (chunk >= ring_.chunk_count) {
      // The control word is one word and cannot be torn: out of range means a publisher gone wrong.
      return pass_over_corrupt();
    } else if constexpr (kKind != Kind::Copies) {
      result = take_chunk(slot, seen, *pins);
    } else {
      const auto* const words = reinterpret_cast<const std::uintptr_t*>(ring_.chunk(chunk));
      result = copy_from({words, ring_.chunk_bytes}, slot, seen, copy_to);
    }
    if (result.state != TakeState::Empty) return result;
  }
  return {};
}

TakeResult RingReader::take(PinSet& pins, std::span<std::byte> copy_to) noexcept {
  return next<Kind::Claims>(&pins, copy_to);
}

TakeResult RingReader::copy(std::span<std::byte> copy_to) noexcept {
  return next<Kind::Copies>(nullptr, copy_to);
}

TakeResult RingReader::take_before(const OwnRing& own, PinSet& pins,
                                   std::span<std::byte> copy_to) noexcept {
  return next<Kind::ClaimsBefore>(&pins, copy_to, &own);
}

RingReader::NumberedResult RingReader::take_numbered(const OwnRing& own, PinSet& pins,
                                                     std::span<std::byte> copy_to) noexcept {
  NumberedResult numbered;
  numbered.result = next<Kind::ClaimsNumbered>(&pins, copy_to, &own, &numbered.sequence);
  return numbered;
}

void RingReader::continue_in(const RingView& ring, std::uint64_t* cursor,
                             std::uint64_t first) noexcept {
  ring_ = ring;
  shown_cursor_ = cursor;
  start_ = first;
  counted_ = first;
  keep_last_ = ring.depth;
  place_at(first);
}

RingReader::Note RingReader::read_note(const SlotLayout& slot) noexcept {
  // relaxed: counts only once the control word has been validated after it.
  return {.stamp_ns = tarn_load_relaxed_u64(&slot.stamp_ns),
          .length_bytes = tarn_load_relaxed_u32(&slot.length_bytes),
          .lost_before = tarn_load_relaxed_u16(&slot.lost_before),
          .flags = tarn_load_relaxed_u16(&slot.flags)};
}

// Empty: the publisher wrote these words meanwhile, which validation tells at the end.
TakeResult RingReader::copy_from(const Source& source, const SlotLayout& slot, std::uint64_t seen,
                                 std::span<std::byte> copy_to) noexcept {
  const Note note = read_note(slot);
  const auto room =
      static_cast<std::uint32_t>(std::min<std::size_t>(copy_to.size(), source.most_bytes));
  constexpr auto kWordBytes = static_cast<std::uint32_t>(sizeof(std::uintptr_t));
  const std::uint32_t length = std::min(note.length_bytes, room);
  tarn_copy_words(reinterpret_cast<std::uintptr_t*>(copy_to.data()), source.words,
                  (length + kWordBytes - 1) / kWordBytes);
  if (tarn_copy_finish(&slot.ctl, seen) == 0) {
    ++counts_.torn;
    return {};
  }
  if (note.length_bytes > room || !lengths_.allows(note.length_bytes)) return pass_over_corrupt();
  return finish(note, copy_to.data(), nullptr);
}

TakeResult RingReader::take_chunk(SlotLayout& slot, std::uint64_t seen, PinSet& pins) noexcept {
  std::uint32_t* pin = pins.find_free();
  if (pin == nullptr) return {.state = TakeState::NoPin, .message = {}};
  const std::uint32_t chunk = tarn_ctl_chunk(seen);
  const Note note = read_note(slot);
  // The payload's ends come while the claim below is fenced; should it fail, nothing was used.
  const std::byte* const payload = ring_.chunk(chunk);
  tarn_prefetch_for_read(payload);
  tarn_prefetch_for_read(payload + std::min(note.length_bytes, ring_.chunk_bytes) - 1);
  if (tarn_pin_claim(pin, ring_.gid_base + chunk, &slot.ctl, seen) == 0) {
    tarn_pin_release(pin);
    return {};
  }
  if (note.length_bytes > ring_.chunk_bytes || !lengths_.allows(note.length_bytes)) {
    tarn_pin_release(pin);
    return pass_over_corrupt();
  }
  return finish(note, payload, pin);
}

TakeResult RingReader::finish(const Note& note, const std::byte* data,
                              std::uint32_t* pin) noexcept {
  const bool again = cursor_ < counted_;
  TakeResult result{.state = TakeState::Taken,
                    .message = {.data = data,
                                .pin = pin,
                                .sequence = cursor_,
                                .stamp_ns = note.stamp_ns,
                                .lost_before = again ? 0 : lost_since_take_ + note.lost_before,
                                .length_bytes = note.length_bytes,
                                .flags = note.flags}};
  if (again) {
    ++counts_.again;
  } else {
    counts_.upstream += note.lost_before;
    ++(cursor_ < start_ ? counts_.history_received : counts_.received);
    lost_since_take_ = 0;
  }
  advance();
  return result;
}

TakeResult RingReader::pass_over_corrupt() noexcept {
  if (cursor_ >= counted_) {
    ++(cursor_ < start_ ? counts_.history_missed : counts_.corrupt);
    if (cursor_ >= start_) ++lost_since_take_;
  }
  advance();
  return {.state = TakeState::Corrupt, .message = {}};
}

void RingReader::advance() noexcept {
  counted_ = std::max(counted_, ++cursor_);
  if (++index_ == ring_.depth) index_ = 0;
  tarn_cursor_publish(shown_cursor_, std::max(counted_, start_));
}

// The newest message, as far as a reader that has come so far can believe it: what a control word can say
// is all that the upper bits of tail are good for.
std::uint64_t RingReader::newest() const noexcept {
  const std::uint64_t near = tarn_ctl_sequence(tarn_ctl(newest_sequence(ring_), 0), cursor_);
  return near > kMostSequence ? 0 : near;  // also below 0
}

// Keep-last: true if more than keep_last_ messages wait and the cursor moved on.
bool RingReader::keep_last_passed() noexcept {
  const std::uint64_t beyond = cursor_ + keep_last_;
  std::uint32_t index = index_ + keep_last_;
  if (index >= ring_.depth) index -= ring_.depth;
  const std::uint64_t seen = tarn_ctl_observe(&ring_.slot(index)->ctl);
  const std::uint64_t sequence = tarn_ctl_sequence(seen, beyond);
  const std::uint64_t committed =
      tarn_ctl_chunk(seen) == TARN_CHUNK_NONE ? sequence - ring_.depth : sequence;
  if (static_cast<std::int64_t>(committed - beyond) < 0) return false;
  const std::uint64_t last = newest();
  if (last < beyond) return false;  // that slot is nonsense
  move_to(last - keep_last_ + 1, counts_.overwritten);
  return true;
}

RingReader::Newer RingReader::judge(std::uint64_t observed_committed) const noexcept {
  const std::uint64_t last = newest();
  if (observed_committed <= last + 1) return Newer::There;
  return cursor_ <= last ? Newer::Nonsense : Newer::NonsenseAtEnd;
}

// The slot of the cursor holds a newer message: moves to the oldest one left. `observed_committed` is a
// sequence seen committed, so this makes progress even if the publisher died before storing tail. Not
// beyond `end`, which is behind the cursor.
void RingReader::lap(std::uint64_t observed_committed, std::uint64_t end) noexcept {
  const std::uint64_t last = std::max(newest(), observed_committed);
  std::uint64_t oldest = last >= ring_.depth ? last - ring_.depth + 1 : 1;
  if (oldest <= cursor_) oldest = cursor_ + 1;
  move_to(std::min(oldest, end), reliable_ ? counts_.evicted : counts_.overwritten);
}

void RingReader::move_to(std::uint64_t sequence, std::uint64_t& lost) noexcept {
  const std::uint64_t counted = std::clamp(counted_, cursor_, sequence);
  const std::uint64_t history_end = std::clamp(start_, counted, sequence);
  counts_.history_missed += history_end - counted;
  lost += sequence - history_end;
  lost_since_take_ += sequence - history_end;
  if (sequence != history_end) high_water_ = keep_last_;
  place_at(sequence);
}

void RingReader::skip_to(std::uint64_t sequence) noexcept {
  const std::uint64_t counted = std::clamp(counted_, cursor_, sequence);
  counts_.skipped += sequence - std::clamp(start_, counted, sequence);
  place_at(sequence);
}

void RingReader::place_at(std::uint64_t sequence) noexcept {
  cursor_ = sequence;
  counted_ = std::max(counted_, sequence);
  index_ = ring_.slot_index(sequence);
}

bool RingReader::available() const noexcept {
  const std::uint64_t seen = tarn_ctl_observe(&ring_.slot(index_)->ctl);
  const std::uint64_t sequence = tarn_ctl_sequence(seen, cursor_);
  const auto ahead = static_cast<std::int64_t>(sequence - cursor_);
  const bool busy = tarn_ctl_chunk(seen) == TARN_CHUNK_NONE;
  if (ahead <= 0) return ahead == 0 && !busy;
  // The slot is being overwritten: what is left of the messages before stands in the other slots.
  if (busy && ring_.depth == 1) return false;
  return judge(busy ? sequence - 1 : sequence) != Newer::NonsenseAtEnd;
}

bool RingReader::drained() const noexcept {
  // order(ring.closed): acquire. Pairs with RingWriter::close: the look that follows sees every commit
  // there will be. Weaker, the last message could be left behind.
  if (tarn_load_acquire_u32(&ring_.header->closed) == 0) return false;
  return !available();
}

bool RingReader::skip_to_newest() noexcept { return show(newest()); }

bool RingReader::show(std::uint64_t newest) noexcept {
  if (newest == 0) return false;
  newest > cursor_ ? skip_to(newest) : place_at(newest);
  return true;
}

void RingReader::skip_all() noexcept { skip_through(newest()); }

void RingReader::skip_through(std::uint64_t newest) noexcept {
  if (newest < cursor_) return;
  skip_to(newest + 1);
  tarn_cursor_publish(shown_cursor_, std::max(cursor_, start_));
}

std::uint64_t RingReader::newest_stamp() const noexcept {
  const std::uint64_t newest = newest_sequence(ring_);
  if (newest == 0) return 0;
  const SlotLayout& slot = *ring_.slot(ring_.slot_index(newest));
  // relaxed: a hint for choosing; the take that follows validates what it hands out.
  return tarn_load_relaxed_u64(&slot.stamp_ns);
}

// More than are kept are lost, not waiting.
void RingReader::measure_backlog() noexcept {
  if (!available()) return;
  const std::uint64_t next = newest() + 1;
  const std::uint64_t waiting = next - std::min(next, cursor_);
  high_water_ = std::max(high_water_, std::min<std::uint64_t>(waiting, keep_last_));
}

std::uint64_t RingReader::unread() const noexcept {
  const std::uint64_t next = newest() + 1;
  return next - std::min(next, std::max({cursor_, counted_, start_}));
}

void RingReader::leave() noexcept { tarn_cursor_publish(shown_cursor_, kLeft); }

}  // namespace tarn::ring
