// Writes little-endian fields into a buffer of fixed size. What does not fit is not written, and
// from then on nothing is: callers write everything and look at fits() once. Does not own the buffer
// and knows nothing of messages. One thread per object.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tarn::wire {

class ByteWriter {
 public:
  explicit ByteWriter(std::span<std::byte> buffer) noexcept : buffer_(buffer) {}

  void u8(std::uint8_t value) noexcept { put(value, 1); }
  void u16(std::uint16_t value) noexcept { put(value, 2); }
  void u32(std::uint32_t value) noexcept { put(value, 4); }
  void u64(std::uint64_t value) noexcept { put(value, 8); }
  void bytes(std::span<const std::byte> values) noexcept;
  // A u16 length and the bytes; over 65535 bytes never fit.
  void text(std::string_view value) noexcept;

  [[nodiscard]] bool fits() const noexcept { return fits_; }
  // What was written so far.
  [[nodiscard]] std::span<const std::byte> written() const noexcept {
    return buffer_.first(position_);
  }

 private:
  bool room(std::size_t count) noexcept;
  void put(std::uint64_t value, std::size_t count) noexcept;

  std::span<std::byte> buffer_;
  std::size_t position_ = 0;
  bool fits_ = true;
};

}  // namespace tarn::wire
