// A subscription's end of one ring: takes messages in order, counts what it missed, and lays claim to
// chunks through its pins. It knows neither the directory nor other rings. Owned by one subscription;
// one thread at a time takes. Everything it reads from the ring is input: loaded once, checked, and
// used only after validation.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "middleware/ring/pin_set.hpp"
#include "middleware/ring/private_ring.hpp"
#include "middleware/ring/ring_view.hpp"

namespace tarn::ring {

enum class TakeState : std::uint8_t {
  Taken,
  Empty,
  NoPin,    // every sample that may be held is held; the message stays
  Corrupt,  // the publisher wrote words out of range; the message is passed over
};

struct TakenMessage {
  const std::byte* data = nullptr;  // in the pool, or in the caller's inline buffer
  std::uint32_t* pin = nullptr;     // to be released; nullptr for a copy
  std::uint64_t sequence = 0;
  std::uint64_t stamp_ns = 0;
  std::uint64_t lost_before = 0;  // missed since the message taken before, here or upstream
  std::uint32_t length_bytes = 0;
  std::uint32_t flags = 0;
};

struct TakeResult {
  TakeState state = TakeState::Empty;
  TakenMessage message;
};

// What became of the messages since a reader's start, each counted once:
// received + overwritten + evicted + refused + corrupt + skipped == published.
struct ReaderCounts {
  std::uint64_t received = 0;
  std::uint64_t overwritten = 0;
  std::uint64_t evicted = 0;  // overwritten before a reliable reader, which was demoted then
  std::uint64_t refused = 0;  // no room in its own ring
  std::uint64_t corrupt = 0;
  std::uint64_t skipped = 0;           // by skip_to_newest or seek
  std::uint64_t again = 0;             // taken after they were counted once; not in the sum
  std::uint64_t upstream = 0;          // lost before they were published, as the publisher says
  std::uint64_t history_received = 0;  // from before the start
  std::uint64_t history_missed = 0;
  std::uint64_t torn = 0;  // copies overwritten under way and thrown away; not of messages
};

// How long the messages of a type are: one unit, or any number of them. Others are Corrupt.
struct LengthRule {
  std::uint32_t unit_bytes = 1;
  bool many = true;

  [[nodiscard]] bool allows(std::uint32_t length_bytes) const noexcept {
    return length_bytes == unit_bytes || (many && length_bytes % unit_bytes == 0);
  }
};

// Both ends included; nothing where oldest > newest.
struct SequenceRange {
  std::uint64_t oldest = 1;
  std::uint64_t newest = 0;
};

struct ReaderStart {
  std::uint64_t first = 1;  // the first sequence that counts as lost when missed
  std::uint64_t from = 1;   // where reading begins: `history` earlier than first
  LengthRule lengths{};
  bool reliable =
      false;  // the publisher waits for this reader: it may lose only once it is demoted
};

class RingReader {
 public:
  // `join` is this subscription's line for the ring, or for an observer, which no publisher knows of, a
  // line of its own memory; `keep_last` in 1..depth, and the whole depth where it is reliable.
  RingReader(const RingView& ring, JoinLayout* join, ReaderStart start,
             std::uint32_t keep_last) noexcept;

  // The next message. An inline payload is copied to `copy_to`, which is aligned to 8 bytes and holds
  // a multiple of 8; a longer one than fits is Corrupt, as is one whose length is none of the type.
  [[nodiscard]] TakeResult take(PinSet& pins, std::span<std::byte> copy_to) noexcept;
  // The same without a claim: a chunk is copied too, and the copy thrown away when the publisher wrote
  // the chunk meanwhile. The caller checks that the ring still is this ring before it uses the copy.
  [[nodiscard]] TakeResult copy(std::span<std::byte> copy_to) noexcept;

  // For a member with a ring of its own. In everybody's ring: as take(), but Empty from the message on with
  // which the own one begins, as far as it has.
  [[nodiscard]] TakeResult take_before(const OwnRing& own, PinSet& pins,
                                       std::span<std::byte> copy_to) noexcept;
  // In its own: as take(), and says which message of everybody's it is where it is Taken. The sequence that
  // the message itself has is its number in here.
  struct NumberedResult {
    TakeResult result;
    std::uint64_t sequence = 0;
  };
  [[nodiscard]] NumberedResult take_numbered(const OwnRing& own, PinSet& pins,
                                             std::span<std::byte> copy_to) noexcept;
  // Goes on in another ring of the same publisher with message `first` there, and says how far it has come
  // in `cursor`. Counts go on.
  void continue_in(const RingView& ring, std::uint64_t* cursor, std::uint64_t first) noexcept;
  // So many messages were lost since the last take, which its ring does not show.
  void add_lost(std::uint64_t count) noexcept { lost_since_take_ += count; }

  // True exactly while a take would not answer Empty.
  [[nodiscard]] bool available() const noexcept;
  // The ring was closed, by its publisher or after its death, and everything in it was taken.
  [[nodiscard]] bool drained() const noexcept;
  // Moves to the newest message, also one already taken, which a take then hands out once more without
  // counting it. False while there is none.
  bool skip_to_newest() noexcept;
  // The same with a message that was seen to be the newest; 0: none.
  bool show(std::uint64_t newest) noexcept;
  // Moves to message `sequence`; what lies between counts as skipped. Requires: it is not before the cursor.
  void skip_to(std::uint64_t sequence) noexcept;
  // Moves behind the newest message; what waited counts as skipped.
  void skip_all() noexcept;
  void skip_through(std::uint64_t newest) noexcept;
  // What a take could still hand out: the newest messages of which the ring, or keep_last, keeps no more.
  [[nodiscard]] SequenceRange kept() const noexcept;
  // Moves to a message that is kept, or behind the newest one. Forward, what was not taken yet counts as
  // skipped; back, what is then taken once more counts as `again` and nothing else. False, and nothing
  // moved: it is not kept (any more).
  [[nodiscard]] bool seek(std::uint64_t sequence) noexcept;
  // Stamp of the newest message; 0 when there is none. For choosing between rings.
  [[nodiscard]] std::uint64_t newest_stamp() const noexcept;
  // Messages since the start that were neither taken nor missed yet, whether or not they still stand in
  // the ring.
  [[nodiscard]] std::uint64_t unread() const noexcept;
  // Looks how many messages wait, which takes the publisher's line from it: now and then, not always.
  void measure_backlog() noexcept;
  // Stops reading for good: the broker may use the ring's memory again. Samples taken from it stay.
  void leave() noexcept;

  // Most messages that were found waiting at once: a full ring where some were lost, else what
  // measure_backlog() met.
  [[nodiscard]] std::uint64_t high_water() const noexcept { return high_water_; }
  [[nodiscard]] std::uint64_t cursor() const noexcept { return cursor_; }
  // What lies before it is in the counts, or was before the start.
  [[nodiscard]] std::uint64_t accounted() const noexcept {
    return std::max({cursor_, counted_, start_});
  }
  [[nodiscard]] const ReaderCounts& counts() const noexcept { return counts_; }
  [[nodiscard]] const RingView& view() const noexcept { return ring_; }

 private:
  struct Note {
    std::uint64_t stamp_ns;
    std::uint32_t length_bytes;
    std::uint16_t lost_before;
    std::uint16_t flags;
  };
  // Words to copy, and how many bytes of them there can be.
  struct Source {
    const std::uintptr_t* words;
    std::uint32_t most_bytes;
  };

  [[nodiscard]] static Note read_note(const SlotLayout& slot) noexcept;
  // What a take does beyond copying what is in a slot.
  enum class Kind : std::uint8_t { Claims, Copies, ClaimsBefore, ClaimsNumbered };
  template <Kind kKind>
  [[nodiscard]] TakeResult next(PinSet* pins, std::span<std::byte> copy_to,
                                const OwnRing* own = nullptr,
                                std::uint64_t* number = nullptr) noexcept;
  TakeResult copy_from(const Source& source, const SlotLayout& slot, std::uint64_t seen,
                       std::span<std::byte> copy_to) noexcept;
  TakeResult take_chunk(SlotLayout& slot, std::uint64_t seen, PinSet& pins) noexcept;
  TakeResult finish(const Note& note, const std::byte* data, std::uint32_t* pin) noexcept;
  TakeResult pass_over_corrupt() noexcept;
  [[nodiscard]] std::uint64_t newest() const noexcept;
  bool keep_last_passed() noexcept;
  // What to make of a slot that holds another message than the cursor's, and one behind it. A message that
  // no other word of the ring knows of is nonsense; then there still are messages behind it, or none.
  enum class Newer : std::uint8_t { There, Nonsense, NonsenseAtEnd };
  [[nodiscard]] Newer judge(std::uint64_t observed_committed) const noexcept;
  void lap(std::uint64_t observed_committed, std::uint64_t end) noexcept;
  void move_to(std::uint64_t sequence, std::uint64_t& lost) noexcept;
  void place_at(std::uint64_t sequence) noexcept;
  void advance() noexcept;

  RingView ring_;
  std::uint64_t* shown_cursor_;
  std::uint64_t cursor_;  // next wanted sequence
  std::uint64_t start_;
  std::uint64_t counted_;  // what lies before it is in counts_; skip_to_newest may read one again
  std::uint64_t lost_since_take_ = 0;
  std::uint32_t index_;  // slot of cursor_
  std::uint32_t keep_last_;
  LengthRule lengths_;
  bool reliable_;
  std::uint64_t high_water_ = 0;
  ReaderCounts counts_;
};

}  // namespace tarn::ring
