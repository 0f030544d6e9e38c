#include "config/check_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>

namespace tarn::config {

namespace {

constexpr unsigned char byte_at(std::string_view text, std::size_t offset) noexcept {
  return static_cast<unsigned char>(text[offset]);
}

// A sequence of several bytes by its first (Unicode 15, table 3-7): how many there are, and between what
// the second lies. The others are continuation bytes.
struct Sequence {
  std::uint8_t first, last;
  std::uint8_t bytes;
  std::uint8_t second_least, second_most;
};
constexpr std::array kSequences{
    Sequence{0xc2, 0xdf, 2, 0x80, 0xbf}, Sequence{0xe0, 0xe0, 3, 0xa0, 0xbf},
    Sequence{0xe1, 0xec, 3, 0x80, 0xbf}, Sequence{0xed, 0xed, 3, 0x80, 0x9f},
    Sequence{0xee, 0xef, 3, 0x80, 0xbf}, Sequence{0xf0, 0xf0, 4, 0x90, 0xbf},
    Sequence{0xf1, 0xf3, 4, 0x80, 0xbf}, Sequence{0xf4, 0xf4, 4, 0x80, 0x8f},
};

// The bytes of the character there; 0: none.
std::size_t character_bytes(std::string_view text, std::size_t offset) noexcept {
  const unsigned char lead = byte_at(text, offset);
  if (lead < 0x80) return 1;
  for (const Sequence& sequence : kSequences) {
    if (lead < sequence.first || lead > sequence.last) continue;
    if (text.size() - offset < sequence.bytes) return 0;
    const unsigned char second = byte_at(text, offset + 1);
    if (second < sequence.second_least || second > sequence.second_most) return 0;
    for (std::size_t next = 2; next < sequence.bytes; ++next) {
      if ((byte_at(text, offset + next) & 0xc0) != 0x80) return 0;
    }
    return sequence.bytes;
  }
  return 0;
}

bool is_control(std::string_view text, std::size_t offset) noexcept {
  const unsigned char byte = byte_at(text, offset);
  if (byte == '\r') return offset + 1 == text.size() || text[offset + 1] != '\n';
  return byte == 0x7f || (byte < 0x20 && byte != '\t' && byte != '\n');
}

std::string in_hexadecimal(unsigned char byte) {
  std::array<char, 8> text;
  std::snprintf(text.data(), text.size(), "0x%02x", static_cast<unsigned>(byte));
  return text.data();
}

// The first fault of a line and its column; nothing: there is none.
std::string fault_of(std::string_view line, int& column) {
  column = 1;
  if (line.size() > kMaxLineBytes) {
    return "found a line of more than 64 KiB; allowed: lines of at most 64 KiB";
  }
  for (std::size_t offset = 0; offset < line.size();) {
    column = static_cast<int>(offset) + 1;
    const std::size_t bytes = character_bytes(line, offset);
    if (bytes == 0) {
      return "found the byte " + in_hexadecimal(byte_at(line, offset)) + "; allowed: UTF-8";
    }
    if (is_control(line, offset)) {
      return "found the control character " + in_hexadecimal(byte_at(line, offset)) +
             "; allowed: text";
    }
    offset += bytes;
  }
  return {};
}

std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  return text.starts_with(kMark) ? text.substr(kMark.size()) : text;
}

}  // namespace

bool check_text(std::string_view text, Findings& findings) {
  if (text.size() > kMaxFileBytes) {
    findings.add({}, "", kFoundTooMuch);
    return false;
  }
  bool good = true;
  Position at;
  for (std::size_t line_start = 0; line_start < text.size(); ++at.line) {
    const std::size_t newline = std::min(text.find('\n', line_start), text.size());
    const std::string_view line = text.substr(line_start, newline + 1 - line_start);
    std::string words = fault_of(line, at.column);
    if (!words.empty()) {
      findings.add(at, "", std::move(words));
      good = false;
    }
    line_start = newline + 1;
  }
  return good;
}

std::string plain_text(std::string_view text, Findings& findings) {
  std::string plain(without_byte_order_mark(text));
  Position at;
  for (std::size_t start = 0; start < plain.size(); ++at.line) {
    const std::size_t newline = std::min(plain.find('\n', start), plain.size());
    const std::string_view line = std::string_view(plain).substr(start, newline - start);
    const std::size_t indent = std::min(line.find_first_not_of(" \t\r"), line.size());
    const std::size_t tab = line.substr(0, indent).find('\t');
    const bool says_something = indent < line.size() && line[indent] != '#';
    if (tab != std::string_view::npos && says_something) {
      at.column = static_cast<int>(tab) + 1;
      findings.add(at, "", "found a tab that indents; allowed: blanks");
    }
    const auto begin = plain.begin() + static_cast<std::ptrdiff_t>(start);
    std::replace(begin, begin + static_cast<std::ptrdiff_t>(indent), '\t', ' ');
    start = newline + 1;
  }
  return plain;
}

}  // namespace tarn::config
