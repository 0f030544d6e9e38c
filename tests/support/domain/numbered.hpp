// The messages of the process tests: numbered by their writer, filled with words that depend on writer
// and number, and checksummed, so that a torn, mixed or overwritten one is found. One kind travels in a
// ring slot, one in a chunk. Values; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <tarn/message.hpp>

namespace tarn::test {

struct Small {
  std::uint32_t writer;
  std::uint32_t reserved;
  std::uint64_t number;
  std::array<std::uint64_t, 2> words;
  std::uint64_t checksum;
};
TARN_MESSAGE(Small, writer, reserved, number, words, checksum)
static_assert(sizeof(Small) <= kInlineBytesInSlot64);

struct Large {
  std::uint32_t writer;
  std::uint32_t reserved;
  std::uint64_t number;
  std::array<std::uint64_t, 61> words;
  std::uint64_t checksum;
};
TARN_MESSAGE(Large, writer, reserved, number, words, checksum)
static_assert(sizeof(Large) > kInlineBytesInSlot256);

namespace detail {
void fill_words(std::uint32_t writer, std::uint64_t number, std::span<std::uint64_t> words);
std::uint64_t checksum_of(std::uint32_t writer, std::uint64_t number,
                          std::span<const std::uint64_t> words);
}  // namespace detail

// Overwrites every byte of `message`.
template <typename M>
void fill(M& message, std::uint32_t writer, std::uint64_t number) {
  message.writer = writer;
  message.reserved = 0;
  message.number = number;
  detail::fill_words(writer, number, message.words);
  message.checksum = detail::checksum_of(writer, number, message.words);
}

template <typename M>
[[nodiscard]] M numbered(std::uint32_t writer, std::uint64_t number) {
  M message;
  fill(message, writer, number);
  return message;
}

// Whether every byte is what the writer of this number wrote.
template <typename M>
[[nodiscard]] bool is_intact(const M& message) {
  return message.checksum == detail::checksum_of(message.writer, message.number, message.words);
}

}  // namespace tarn::test
