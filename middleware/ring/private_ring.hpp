// A member's own ring in the area of a publisher whose topic drops the newest messages: where it lies,
// and what its head tells the member and the broker. A member reads everybody's ring until its own begins;
// from there on its own holds what the member had room for, and everything else is counted as refused:
//
//   everybody's   ... 11 12 13 14 15 16 17      messages 13 to 17 since base = 13
//   its own             13 14 .. .. 17           15 and 16 found no room: refused = 2
//
// The publisher puts a message into everybody's ring first, then into each private one. Values over memory
// that somebody else owns; any thread may hold a copy.
#pragma once

#include <cstddef>
#include <cstdint>

#include "middleware/ring/ring_layout.hpp"
#include "middleware/ring/ring_view.hpp"
#include "middleware/ring/ring_writer.hpp"

namespace tarn::ring {

inline constexpr std::uint64_t kNotBegun = ~std::uint64_t{0};

// Its messages lie in the chunks of everybody's ring.
struct PrivateRing {
  PrivateRingLayout* head = nullptr;
  std::uint64_t* sequences = nullptr;  // by slot
  RingView view;                       // closed when everybody's is
};

// The ring of the member at `place`, among those at `rings`. `shared` is everybody's.
[[nodiscard]] PrivateRing private_ring(const RingView& shared, std::byte* rings,
                                       std::uint32_t place) noexcept;

// For the broker, before anybody has the ring.
void clear(const PrivateRing& ring) noexcept;

// What a private ring is to one member.
struct OwnRing {
  PrivateRing ring;
  std::uint64_t member = 0;  // word of its entry

  // Where it begins for the member: the first sequence that it holds, and that message's number in here.
  struct Beginning {
    std::uint64_t base = kNotBegun;
    std::uint64_t first = 1;
  };
  // `base` is kNotBegun while it serves nobody or another one, or says what cannot be.
  [[nodiscard]] Beginning beginning() const noexcept;
  [[nodiscard]] std::uint64_t begins() const noexcept { return beginning().base; }
  // The rest Requires: begins() != kNotBegun once before.
  [[nodiscard]] std::uint64_t refused() const noexcept;
  // The first sequence of which is not settled yet whether the member gets it. `begun` is its beginning().
  [[nodiscard]] std::uint64_t unsettled(const Beginning& begun) const noexcept;
};

// Writes a private ring. As RingWriter.
class PrivateWriter : private RingWriter {
 public:
  explicit PrivateWriter(const PrivateRing& ring) noexcept
      : RingWriter(ring.view), sequences_(ring.sequences) {}

  using RingWriter::next_sequence;

  // As RingWriter's, of message `sequence` of everybody's ring.
  std::uint32_t commit_inline(const MessageNote& note, const void* payload,
                              std::uint64_t sequence) noexcept;
  std::uint32_t commit_chunk(const MessageNote& note, std::uint32_t chunk,
                             std::uint64_t sequence) noexcept;

 private:
  std::uint32_t begin_as(SlotLayout& slot, const MessageNote& note,
                         std::uint64_t sequence) noexcept;

  std::uint64_t* sequences_;
};

}  // namespace tarn::ring
