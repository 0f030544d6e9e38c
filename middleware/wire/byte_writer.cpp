#include "middleware/wire/byte_writer.hpp"

#include <cstring>
#include <limits>

namespace tarn::wire {

bool ByteWriter::room(std::size_t count) noexcept {
  fits_ = fits_ && count <= buffer_.size() - position_;
  return fits_;
}

void ByteWriter::put(std::uint64_t value, std::size_t count) noexcept {
  if (!room(count)) return;
  for (std::size_t i = 0; i < count; ++i) {
    buffer_[position_++] = static_cast<std::byte>(value >> (8 * i) & 0xFF);
  }
}

void ByteWriter::bytes(std::span<const std::byte> values) noexcept {
  if (!room(values.size()) || values.empty()) return;
  std::memcpy(buffer_.data() + position_, values.data(), values.size());
  position_ += values.size();
}

void ByteWriter::text(std::string_view value) noexcept {
  if (value.size() > std::numeric_limits<std::uint16_t>::max()) {
    fits_ = false;
    return;
  }
  if (!room(2 + value.size())) return;  // a length without its bytes is worse than neither
  u16(static_cast<std::uint16_t>(value.size()));
  bytes(std::as_bytes(std::span(value.data(), value.size())));
}

}  // namespace tarn::wire
