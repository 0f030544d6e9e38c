// The checksum that every message of the examples carries: CRC-32 as in Ethernet and zip files
// (reflected polynomial 0xEDB88320), over all bytes of the message before its last field, which is
// called `checksum`. Takes a fraction of a millisecond for a picture. Pure functions; any thread.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace examples {

namespace detail {

using Crc32Tables = std::array<std::array<std::uint32_t, 256>, 8>;

// The first table takes a byte through eight steps of the division, each further one through eight
// steps more, so that eight bytes go at once (Kounavis and Berry, "A systematic approach to building
// high performance software-based CRC generators", 2005).
constexpr Crc32Tables make_crc32_tables() {
  Crc32Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t remainder = byte;
    for (int bit = 0; bit < 8; ++bit) {
      remainder = (remainder >> 1) ^ ((remainder & 1u) != 0 ? 0xEDB88320u : 0u);
    }
    tables[0][byte] = remainder;
  }
  for (std::size_t table = 1; table < tables.size(); ++table) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[table - 1][byte];
      tables[table][byte] = (before >> 8) ^ tables[0][before & 0xFFu];
    }
  }
  return tables;
}

inline constexpr Crc32Tables kCrc32Tables = make_crc32_tables();

}  // namespace detail

[[nodiscard]] inline std::uint32_t crc32(const void* data, std::size_t size_bytes) noexcept {
  static_assert(std::endian::native == std::endian::little);
  constexpr const auto& kTables = detail::kCrc32Tables;
  const auto* bytes = static_cast<const unsigned char*>(data);
  std::uint32_t remainder = 0xFFFFFFFFu;
  for (; size_bytes >= 8; size_bytes -= 8, bytes += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    word ^= remainder;
    const auto part = [word](std::size_t i) { return kTables[7 - i][(word >> (8 * i)) & 0xFFu]; };
    remainder = part(0) ^ part(1) ^ part(2) ^ part(3) ^ part(4) ^ part(5) ^ part(6) ^ part(7);
  }
  for (; size_bytes > 0; --size_bytes, ++bytes) {
    remainder = (remainder >> 8) ^ kTables[0][(remainder ^ *bytes) & 0xFFu];
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
