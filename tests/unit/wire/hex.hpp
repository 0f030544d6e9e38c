// Bytes as the digits a golden test compares.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace tarn::wire::test {

inline std::string hex(std::span<const std::byte> bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : bytes) {
    text += kDigits[std::to_integer<unsigned>(byte) >> 4];
    text += kDigits[std::to_integer<unsigned>(byte) & 15];
  }
  return text;
}

}  // namespace tarn::wire::test
