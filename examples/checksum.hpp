// The checksum that every message of the examples carries: CRC-32 as in Ethernet and zip files
// (reflected polynomial 0xEDB88320), over all bytes of the message before its last field, which is
// called `checksum`. Pure functions; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace examples {

namespace detail {

constexpr std::array<std::uint32_t, 256> make_crc32_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t remainder = byte;
    for (int bit = 0; bit < 8; ++bit) {
      remainder = (remainder >> 1) ^ ((remainder & 1u) != 0 ? 0xEDB88320u : 0u);
    }
    table[byte] = remainder;
  }
  return table;
}

inline constexpr std::array<std::uint32_t, 256> kCrc32Table = make_crc32_table();

}  // namespace detail

[[nodiscard]] inline std::uint32_t crc32(const void* data, std::size_t size_bytes) noexcept {
  const auto* bytes = static_cast<const unsigned char*>(data);
  std::uint32_t remainder = 0xFFFFFFFFu;
  for (std::size_t i = 0; i < size_bytes; ++i) {
    remainder = (remainder >> 8) ^ detail::kCrc32Table[(remainder ^ bytes[i]) & 0xFFu];
  }
  return ~remainder;
}

template <typename Message>
[[nodiscard]] std::uint32_t checksum_of(const Message& message) noexcept {
  return crc32(&message, offsetof(Message, checksum));
}

// The last thing a publisher does to a message.
template <typename Message>
void seal(Message& message) noexcept {
  message.checksum = checksum_of(message);
}

// The first thing a subscriber asks of one.
template <typename Message>
[[nodiscard]] bool is_whole(const Message& message) noexcept {
  return message.checksum == checksum_of(message);
}

}  // namespace examples
