#include "middleware/vocabulary/printable.hpp"

#include <cstring>

namespace tarn::vocabulary {

Printable::Printable(std::string_view bytes) noexcept {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr std::size_t kLongestByte = 4;  // \xNN
  constexpr std::string_view kCut = "...";
  std::size_t length = 0;
  for (const char byte : bytes) {
    if (length + kLongestByte + kCut.size() >= kTextBytes) {
      std::memcpy(text_ + length, kCut.data(), kCut.size());
      length += kCut.size();
      break;
    }
    const auto value = static_cast<unsigned char>(byte);
    if (value >= 0x20 && value < 0x7f && byte != '\\') {
      text_[length++] = byte;
    } else {
      text_[length++] = '\\';
      text_[length++] = 'x';
      text_[length++] = kDigits[value >> 4];
      text_[length++] = kDigits[value & 0xf];
    }
  }
  text_[length] = '\0';
}

}  // namespace tarn::vocabulary
