// Which lines of which subscriber block are taken, and whose the blocks are. Knows the format of a
// block, not what stands in its lines. Private to the broker; a successor rebuilds it from the
// records. One owner, one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "middleware/pool/pool_geometry.hpp"

namespace tarn::broker {

enum class LineKind : std::uint8_t { Waiter, Counters, Pins, Join };

inline constexpr std::uint32_t kCountersLines = 2;

class LineMap {
 public:
  LineMap(const pool::BlockFormat& format, std::uint32_t block_count);

  // The first of `count` neighbouring lines of a kind, in a block of the client's. Empty: none of its
  // blocks has them. Requires: count = kCountersLines for Counters.
  [[nodiscard]] std::optional<std::uint32_t> take(std::uint32_t client, LineKind kind,
                                                  std::uint32_t count);
  // Takes just these lines, which a record says are the client's. False, and nothing taken, when they
  // are of another kind, in another's block or taken already.
  [[nodiscard]] bool take_exact(std::uint32_t client, LineKind kind, std::uint32_t line,
                                std::uint32_t count);
  // Requires: they are taken.
  void give_back(std::uint32_t line, std::uint32_t count);

  [[nodiscard]] std::optional<std::uint32_t> find_free_block() const noexcept;
  [[nodiscard]] bool is_unused(std::uint32_t block) const noexcept {
    return all_free(block * format_.lines, format_.lines);
  }
  // kNone frees it. Requires: none of its lines is taken.
  void set_owner(std::uint32_t block, std::uint32_t client);
  // kNone when nobody has it.
  [[nodiscard]] std::uint32_t owner(std::uint32_t block) const noexcept { return owners_[block]; }
  [[nodiscard]] std::uint32_t block_count() const noexcept {
    return static_cast<std::uint32_t>(owners_.size());
  }

 private:
  struct Place {
    std::uint32_t first;  // of its kind in a block
    std::uint32_t lines;
    std::uint32_t step;
  };
  [[nodiscard]] Place place_of(LineKind kind) const noexcept;
  [[nodiscard]] bool all_free(std::uint32_t line, std::uint32_t count) const noexcept;
  void mark(std::uint32_t line, std::uint32_t count, bool taken);

  pool::BlockFormat format_;
  std::vector<std::uint32_t> owners_;
  std::vector<bool> taken_;
};

}  // namespace tarn::broker
