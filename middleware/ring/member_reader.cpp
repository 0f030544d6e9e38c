#include "middleware/ring/member_reader.hpp"

#include <algorithm>

#include "middleware/ring/protocol.h"

namespace tarn::ring {

namespace {

// Between two messages that it was given. No publisher gets as far while it has no room.
constexpr std::uint64_t kMostRefused = std::uint64_t{1} << 39;

std::uint64_t less(std::uint64_t from, std::uint64_t amount) noexcept {
  return from - std::min(from, amount);
}

}  // namespace

MemberReader::MemberReader(const RingView& shared, JoinLayout* join, const ReaderStart& start,
                           const OwnRing& own) noexcept
    : reader_(shared, join, start, shared.depth),
      stage_(Stage::Before),
      shared_(shared),
      own_(own),
      join_(join) {}

// At most two stages lie ahead.
TakeResult MemberReader::take_own(PinSet& pins, std::span<std::byte> copy_to) noexcept {
  TakeResult result = take_now(pins, copy_to);
  while (result.state == TakeState::Empty && go_on()) result = take_now(pins, copy_to);
  return result;
}

TakeResult MemberReader::take_now(PinSet& pins, std::span<std::byte> copy_to) noexcept {
  if (stage_ == Stage::Before) return reader_.take_before(own_, pins, copy_to);
  if (stage_ == Stage::After) {
    TakeResult result = reader_.take(pins, copy_to);
    // The broker counts by the own ring who has read everything.
    if (result.state == TakeState::Taken) {
      tarn_cursor_publish(&join_->private_cursor, ++own_end_);
    }
    return result;
  }
  auto [result, sequence] = reader_.take_numbered(own_, pins, copy_to);
  if (result.state != TakeState::Taken) return result;
  // What lies between two messages here and does not lie between them there was refused. A sequence that
  // cannot be is taken for the next one.
  const std::uint64_t refused_between = sequence - result.message.sequence - shift_;
  if (refused_between < kMostRefused && sequence <= kMostSequence) {
    result.message.lost_before += refused_between;
    shift_ += refused_between;
  }
  result.message.sequence += shift_;
  tarn_cursor_publish(&join_->cursor, reader_.accounted() + shift_);
  return result;
}

bool MemberReader::own_available() const noexcept {
  // A message is seen before the look at where its own ring begins: so it is not in there.
  const bool seen = reader_.available();
  if (seen && (stage_ != Stage::Before || reader_.cursor() < own_.begins())) return true;
  MemberReader ahead = *this;  // going on changes nothing that others see, and is for a take to do
  return ahead.go_on() && ahead.own_available();
}

// True if there is another place to read now.
bool MemberReader::go_on() noexcept {
  switch (stage_) {
    case Stage::Before:
      return begin_own();
    case Stage::Own:
      return begin_rest();
    default:
      return false;
  }
}

bool MemberReader::begin_own() noexcept {
  const OwnRing::Beginning begun = own_.beginning();
  if (reader_.cursor() < begun.base) return false;
  begun_ = begun;
  shift_ = first_shift();
  reader_.continue_in(own_.ring.view, &join_->private_cursor, begun.first);
  stage_ = Stage::Own;
  return true;
}

bool MemberReader::begin_rest() noexcept {
  if (!reader_.drained()) return false;
  const std::uint64_t next = newest_sequence(shared_) + 1;
  const std::uint64_t rest = own_.unsettled(begun_);
  if (rest < begun_.base || rest >= next) return false;
  own_end_ = reader_.cursor();
  reader_.add_lost(less(refused(), shift_ - first_shift()));
  reader_.continue_in(shared_, &join_->cursor, rest);
  stage_ = Stage::After;
  return true;
}

// The newest message that it may have, in the ring where it reads then; 0: none.
std::uint64_t MemberReader::settle_at_newest() noexcept {
  if (stage_ == Stage::Before) {
    // In this order: a message that was seen in everybody's ring before its own began is not in there.
    const std::uint64_t newest = newest_sequence(shared_);
    const std::uint64_t base = own_.begins();
    if (newest < base) return newest;
    if (reader_.cursor() < base) reader_.skip_to(base);
  }
  while (go_on()) {
  }
  const std::uint64_t newest = newest_sequence(reader_.view());
  // Below its first number there are a former member's.
  return stage_ == Stage::Own && newest < begun_.first ? 0 : newest;
}

bool MemberReader::skip_to_newest() noexcept {
  if (stage_ == Stage::Everybody) return reader_.skip_to_newest();
  return reader_.show(settle_at_newest());
}

void MemberReader::skip_all() noexcept {
  if (stage_ == Stage::Everybody) return reader_.skip_all();
  reader_.skip_through(settle_at_newest());
}

// Of the messages in its own ring that are its own; the newest is below the oldest where there are none.
SequenceRange MemberReader::own_numbers() const noexcept {
  const SequenceRange range = reader_.kept();
  return {.oldest = std::max(range.oldest, begun_.first), .newest = range.newest};
}

std::uint64_t MemberReader::sequence_of(std::uint64_t number) const noexcept {
  // relaxed: of a message that was seen, or of one that has come in its place; then a take finds out.
  return tarn_load_relaxed_u64(&own_.ring.sequences[own_.ring.view.slot_index(number)]);
}

SequenceRange MemberReader::kept() noexcept {
  while (go_on()) {
  }
  if (stage_ != Stage::Own) return reader_.kept();
  const SequenceRange numbers = own_numbers();
  if (numbers.newest < numbers.oldest) {
    const std::uint64_t next = numbers.oldest + first_shift();
    return {.oldest = next, .newest = next - 1};
  }
  return {.oldest = sequence_of(numbers.oldest), .newest = sequence_of(numbers.newest)};
}

bool MemberReader::seek(std::uint64_t sequence) noexcept {
  if (stage_ == Stage::Everybody) return reader_.seek(sequence);
  const SequenceRange range = kept();
  if (sequence < range.oldest || sequence > range.newest + 1) return false;
  // A ring of its own that begins after `range` was seen begins behind it.
  if (stage_ == Stage::Before && sequence > own_.begins()) return false;
  if (stage_ != Stage::Own) return reader_.seek(sequence);
  const SequenceRange numbers = own_numbers();
  if (sequence == range.newest + 1) return reader_.seek(numbers.newest + 1);
  for (std::uint64_t number = numbers.oldest; number <= numbers.newest; ++number) {
    if (sequence_of(number) == sequence) return reader_.seek(number);
  }
  return false;
}

std::uint64_t MemberReader::refused() const noexcept {
  if (left_) return refused_;
  const bool has_begun = stage_ != Stage::Everybody && own_.begins() != kNotBegun;
  return has_begun ? own_.refused() : 0;
}

std::uint64_t MemberReader::unread() const noexcept {
  if (stage_ == Stage::Before) return less(reader_.unread(), refused());
  if (stage_ != Stage::Own) return reader_.unread();
  const std::uint64_t settled = reader_.accounted() + first_shift() + refused();
  return less(newest_sequence(shared_) + 1, settled);
}

void MemberReader::leave() noexcept {
  refused_ = refused();
  left_ = true;
  if (stage_ == Stage::Everybody) return reader_.leave();
  tarn_cursor_publish(&join_->private_cursor, kLeft);
  // Last: the memory may be somebody else's after it.
  tarn_cursor_publish(&join_->cursor, kLeft);
}

ReaderCounts MemberReader::counts() const noexcept {
  ReaderCounts counts = reader_.counts();
  counts.refused = refused();
  return counts;
}

}  // namespace tarn::ring
