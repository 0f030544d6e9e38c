// Text<N>: a member of a message that holds up to N bytes of text, in UTF-8 if its writer keeps to
// that. It has the same bytes in every process: a length, then the characters, then zeros. Knows
// nothing of topics. A value; a Text that another process wrote never reads beyond its N bytes.
//
//   struct Status { tarn::Text<32> node; std::uint32_t code; };
//   TARN_MESSAGE(Status, node, code)
#pragma once

#include <algorithm>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tarn/message.hpp>

namespace tarn {

template <std::size_t N>
class Text {
  static_assert(N >= 1 && N <= kMaxMessageBytes / 2, "a tarn::Text holds 1 byte to 512 MiB");

 public:
  constexpr Text() noexcept = default;
  // A literal, or the text up to the first NUL of an array, which must fit.
  template <std::size_t M>
    requires(M <= N + 1)
  constexpr Text(const char (&literal)[M]) noexcept {
    const std::string_view whole(literal, M);
    assign(whole.substr(0, whole.find('\0')));
  }
  // As assign().
  constexpr explicit Text(std::string_view text) noexcept { assign(text); }

  // Takes all of `text`, or answers false and stays as it was when `text` has more than N bytes.
  // Writes every byte, so it also serves on the uninitialised memory of a loan, as assign() and
  // clear() do.
  [[nodiscard]] constexpr bool try_assign(std::string_view text) noexcept {
    if (text.size() > N) return false;
    assign(text);
    return true;
  }
  // Takes as much of `text` as fits, without cutting a character of UTF-8 in two.
  constexpr void assign(std::string_view text) noexcept {
    const std::size_t taken = whole_characters(text);
    for (std::size_t i = 0; i < kStored; ++i) bytes_[i] = i < taken ? text[i] : '\0';
    length_ = static_cast<std::uint32_t>(taken);
  }
  // Adds all of `text`, or answers false and stays as it was.
  [[nodiscard]] constexpr bool try_append(std::string_view text) noexcept {
    const std::size_t old = size();
    if (text.size() > N - old) return false;
    for (std::size_t i = 0; i < text.size(); ++i) bytes_[old + i] = text[i];
    length_ = static_cast<std::uint32_t>(old + text.size());
    return true;
  }
  // Leaves nothing but zeros.
  constexpr void clear() noexcept { assign({}); }

  // In bytes.
  [[nodiscard]] constexpr std::size_t size() const noexcept {
    return std::min<std::size_t>(length_, N);
  }
  // The most it can hold.
  [[nodiscard]] static constexpr std::size_t capacity() noexcept { return N; }
  // Whether it holds no byte.
  [[nodiscard]] constexpr bool empty() const noexcept { return length_ == 0; }

  // Not NUL-terminated; good while this Text lives and is not changed.
  [[nodiscard]] constexpr std::string_view view() const noexcept { return {bytes_, size()}; }
  constexpr operator std::string_view() const noexcept { return view(); }
  [[nodiscard]] constexpr const char* data() const noexcept { return bytes_; }
  [[nodiscard]] constexpr const char* begin() const noexcept { return bytes_; }
  [[nodiscard]] constexpr const char* end() const noexcept { return bytes_ + size(); }
  // Requires: index < size().
  [[nodiscard]] constexpr char operator[](std::size_t index) const noexcept {
    return bytes_[index];
  }

  // By bytes. What lies behind the length does not count.
  friend constexpr bool operator==(const Text& left, const Text& right) noexcept {
    return left.view() == right.view();
  }
  friend constexpr auto operator<=>(const Text& left, const Text& right) noexcept {
    return left.view() <=> right.view();
  }
  template <std::convertible_to<std::string_view> Other>
  friend constexpr bool operator==(const Text& left, const Other& right) noexcept {
    return left.view() == std::string_view(right);
  }

 private:
  // Up to a whole number of words of the length, so that no byte of a Text is padding.
  static constexpr std::size_t kStored = (N + 3) / 4 * 4;

  static constexpr std::size_t whole_characters(std::string_view text) noexcept {
    if (text.size() <= N) return text.size();
    std::size_t end = N;
    // A byte 10xxxxxx goes on with a character, of at most four bytes.
    for (int i = 0; i < 3 && end > 0 && (text[end] & 0xC0) == 0x80; ++i) --end;
    return (text[end] & 0xC0) == 0x80 ? N : end;
  }

  friend constexpr detail::Description tarn_describe(detail::TypeTag<Text>) noexcept {
    detail::Description described{.name = "tarn.Text"};
    detail::add_field<"length", std::uint32_t>(described, offsetof(Text, length_));
    detail::add_field<"bytes", char[N]>(described, offsetof(Text, bytes_));
    return described;
  }

  std::uint32_t length_ = 0;
  char bytes_[kStored] = {};
};

}  // namespace tarn
