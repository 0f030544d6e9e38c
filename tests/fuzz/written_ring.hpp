// A domain with one publisher in ordinary memory, as a broker would have written it: a ring, a client whose
// pages a fuzzer spoils, which reads it twice, and an honest one. Made anew for every input, in the same
// memory. One at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>

#include "middleware/directory/directory_writer.hpp"
#include "middleware/directory/records_layout.hpp"
#include "middleware/pool/pool_view.hpp"
#include "middleware/ring/ring_layout.hpp"

namespace tarn::fuzz {

struct RingWish {
  directory::Overflow overflow = directory::Overflow::DropOldest;
  std::uint32_t depth = 4;
  bool chunks = false;  // else payloads are inline
  std::uint64_t evict_after_ns = 0;
  bool reliable = false;
};

inline constexpr std::uint32_t kRing = 0;
inline constexpr std::uint32_t kReaders = 3;
inline constexpr std::uint32_t kHonest = 2;  // place, subscriber and waiter of the honest one
inline constexpr std::uint32_t kHeld = 2;
inline constexpr std::uint32_t kLoans = 2;
inline constexpr std::uint32_t kPayloadBytes = 40;

class WrittenRing {
 public:
  explicit WrittenRing(const RingWish& wish);

  [[nodiscard]] const pool::PoolView& view() const noexcept { return view_; }
  // The page of the client whose pages are spoiled, the lines of it that it was granted, and what anybody
  // may write.
  [[nodiscard]] std::span<std::byte> spoilt_page() const noexcept;
  [[nodiscard]] std::array<std::span<std::byte>, 3> spoilt_lines() const noexcept;
  [[nodiscard]] std::span<std::byte> bells() const noexcept;
  [[nodiscard]] std::span<std::byte> summary() const noexcept;
  // Of the honest one.
  [[nodiscard]] ring::JoinLayout& join() const noexcept;
  [[nodiscard]] std::span<std::uint32_t> pins() const noexcept;
  [[nodiscard]] std::uint64_t member_word() const noexcept;

 private:
  void write_topic(const RingWish& wish);
  void write_ring(const RingWish& wish);
  void write_reader(std::uint32_t reader, bool reliable);

  pool::PoolView view_;
  directory::DirectoryWriter writer_;
};

}  // namespace tarn::fuzz
