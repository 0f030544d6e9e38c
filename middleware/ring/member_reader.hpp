// A subscription's end of one publisher: reads everybody's ring, or where the topic drops the newest messages,
// its own:
//
//   Before --its own ring begins--> Own --closed, and its last message is not in it--> After
//
// Before its own ring begins it reads everybody's, as it was before it was known there. A publisher that dies
// may have put its last message into everybody's ring and not into this one: After reads that. Sequences are
// those of everybody's ring throughout. It knows neither the directory nor other publishers. Owned by one
// subscription; one thread at a time.
#pragma once

#include <cstdint>
#include <span>

#include "middleware/ring/pin_set.hpp"
#include "middleware/ring/private_ring.hpp"
#include "middleware/ring/ring_reader.hpp"

namespace tarn::ring {

class MemberReader {
 public:
  // Of everybody's ring alone; as RingReader.
  MemberReader(const RingView& ring, JoinLayout* join, const ReaderStart& start,
               std::uint32_t keep_last) noexcept
      : reader_(ring, join, start, keep_last) {}
  // With a ring of its own.
  MemberReader(const RingView& shared, JoinLayout* join, const ReaderStart& start,
               const OwnRing& own) noexcept;

  // As RingReader's.
  [[nodiscard]] TakeResult take(PinSet& pins, std::span<std::byte> copy_to) noexcept {
    return stage_ == Stage::Everybody ? reader_.take(pins, copy_to) : take_own(pins, copy_to);
  }
  [[nodiscard]] bool available() const noexcept {
    return stage_ == Stage::Everybody ? reader_.available() : own_available();
  }
  // Of its own ring, once that has begun, the newest message that is in it.
  bool skip_to_newest() noexcept;
  void skip_all() noexcept;
  // Of its own ring, once that has begun: what was refused is not kept.
  [[nodiscard]] SequenceRange kept() noexcept;
  [[nodiscard]] bool seek(std::uint64_t sequence) noexcept;
  [[nodiscard]] std::uint64_t newest_stamp() const noexcept { return reader_.newest_stamp(); }
  [[nodiscard]] std::uint64_t unread() const noexcept;
  void measure_backlog() noexcept { reader_.measure_backlog(); }
  // After it nothing else but the counts is for the asking.
  void leave() noexcept;

  // Everybody's ring.
  [[nodiscard]] const RingView& view() const noexcept {
    return stage_ == Stage::Everybody ? reader_.view() : shared_;
  }
  [[nodiscard]] std::uint64_t high_water() const noexcept { return reader_.high_water(); }
  [[nodiscard]] std::uint64_t received() const noexcept { return reader_.counts().received; }
  [[nodiscard]] ReaderCounts counts() const noexcept;

 private:
  enum class Stage : std::uint8_t { Everybody, Before, Own, After };

  [[nodiscard]] TakeResult take_own(PinSet& pins, std::span<std::byte> copy_to) noexcept;
  [[nodiscard]] TakeResult take_now(PinSet& pins, std::span<std::byte> copy_to) noexcept;
  [[nodiscard]] bool own_available() const noexcept;
  bool go_on() noexcept;
  bool begin_own() noexcept;
  bool begin_rest() noexcept;
  [[nodiscard]] SequenceRange own_numbers() const noexcept;
  [[nodiscard]] std::uint64_t sequence_of(std::uint64_t number) const noexcept;
  [[nodiscard]] std::uint64_t settle_at_newest() noexcept;
  [[nodiscard]] std::uint64_t refused() const noexcept;
  [[nodiscard]] std::uint64_t first_shift() const noexcept { return begun_.base - begun_.first; }

  RingReader reader_;
  Stage stage_ = Stage::Everybody;
  // The rest is of who has a ring of its own.
  RingView shared_;
  OwnRing own_;
  JoinLayout* join_ = nullptr;
  OwnRing::Beginning begun_;   // of its own ring, once that has begun
  std::uint64_t shift_ = 0;    // sequence of the message taken last, less its number
  std::uint64_t own_end_ = 0;  // number behind its own ring's last message, once that has ended
  std::uint64_t refused_ = 0;  // once it has left
  bool left_ = false;
};

}  // namespace tarn::ring
