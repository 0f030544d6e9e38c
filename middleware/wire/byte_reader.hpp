// Reads little-endian fields from bytes that somebody else wrote. Past the end every field is zero or
// empty, and stays so: callers read everything, then look at ok() and at_end() once, before they use
// any of it. Does not own the bytes and knows nothing of messages. One thread per object.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tarn::wire {

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) noexcept : bytes_(bytes) {}

  [[nodiscard]] std::uint8_t u8() noexcept { return static_cast<std::uint8_t>(get(1)); }
  [[nodiscard]] std::uint16_t u16() noexcept { return static_cast<std::uint16_t>(get(2)); }
  [[nodiscard]] std::uint32_t u32() noexcept { return static_cast<std::uint32_t>(get(4)); }
  [[nodiscard]] std::uint64_t u64() noexcept { return get(8); }
  [[nodiscard]] std::span<const std::byte> bytes(std::size_t count) noexcept;
  // A u16 length and that many bytes; the view points into what is read. A longer length than
  // `most_bytes` fails like a missing byte.
  [[nodiscard]] std::string_view text(std::size_t most_bytes) noexcept;

  // False once something was missing or too long.
  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] bool at_end() const noexcept { return position_ == bytes_.size(); }
  [[nodiscard]] std::size_t position() const noexcept { return position_; }
  [[nodiscard]] std::size_t remaining() const noexcept { return bytes_.size() - position_; }

 private:
  std::uint64_t get(std::size_t count) noexcept;

  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
  bool ok_ = true;
};

}  // namespace tarn::wire
