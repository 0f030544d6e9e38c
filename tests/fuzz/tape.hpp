// What a fuzzer makes of its input: a tape of small choices, read once from front to back. Whatever is
// asked for after its end is 0, so every input is a whole run. A value; one thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tarn::fuzz {

class Tape {
 public:
  Tape(const std::uint8_t* bytes, std::size_t count) noexcept : next_(bytes), end_(bytes + count) {}

  [[nodiscard]] bool at_end() const noexcept { return next_ == end_; }

  std::uint8_t byte() noexcept { return at_end() ? std::uint8_t{0} : *next_++; }
  // In 0..limit-1. Requires: limit in 1..256.
  std::uint32_t below(std::uint32_t limit) noexcept { return byte() % limit; }
  std::uint64_t word() noexcept {
    std::uint64_t word = 0;
    for (int i = 0; i < 8; ++i) word = word << 8 | byte();
    return word;
  }

 private:
  const std::uint8_t* next_;
  const std::uint8_t* end_;
};

}  // namespace tarn::fuzz
