#include "middleware/wire/byte_reader.hpp"

namespace tarn::wire {

std::uint64_t ByteReader::get(std::size_t count) noexcept {
  const std::span<const std::byte> field = bytes(count);
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < field.size(); ++i) {
    value |= std::to_integer<std::uint64_t>(field[i]) << (8 * i);
  }
  return value;
}

std::span<const std::byte> ByteReader::bytes(std::size_t count) noexcept {
  ok_ = ok_ && count <= remaining();
  if (!ok_) return {};
  const std::span<const std::byte> found = bytes_.subspan(position_, count);
  position_ += count;
  return found;
}

std::string_view ByteReader::text(std::size_t most_bytes) noexcept {
  const std::size_t length = u16();
  ok_ = ok_ && length <= most_bytes;
  const std::span<const std::byte> found = bytes(length);
  return {reinterpret_cast<const char*>(found.data()), found.size()};
}

}  // namespace tarn::wire
