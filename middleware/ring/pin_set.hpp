// One subscription's pin words. A pin is set by the thread that takes, cleared by whichever thread
// releases, and never moves to another word: a scan that has passed the new place and not yet reached
// the old one would miss it. Owned by one subscription.
#pragma once

#include <cstdint>
#include <span>

#include "middleware/ring/protocol.h"

namespace tarn::ring {

class PinSet {
 public:
  // `words` lie in a subscriber block that this process may write.
  explicit PinSet(std::span<std::uint32_t> words) noexcept : words_(words) {}

  // A free word, or nullptr when every one is taken.
  [[nodiscard]] std::uint32_t* find_free() const noexcept {
    for (std::uint32_t& word : words_) {
      if (tarn_pin_read(&word) == 0) return &word;
    }
    return nullptr;
  }

  [[nodiscard]] bool all_free() const noexcept {
    for (const std::uint32_t& word : words_) {
      if (tarn_pin_read(&word) != 0) return false;
    }
    return true;
  }

  [[nodiscard]] std::uint32_t capacity() const noexcept {
    return static_cast<std::uint32_t>(words_.size());
  }

 private:
  std::span<std::uint32_t> words_;
};

}  // namespace tarn::ring
