// Maybe<T>: a member of a message that is there or not, as an optional with the same bytes in every
// process: a flag, then the value, which is T{} while there is none. Knows nothing of topics. A value;
// of one that another process wrote any flag but 0 means that the value is there.
//
//   struct Fix { double latitude, longitude; tarn::Maybe<float> altitude_m; };
//   TARN_MESSAGE(Fix, latitude, longitude, altitude_m)
//
// The memory of a loan is not a Maybe yet: begin with reset() or an assignment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <tarn/detail/assert.hpp>
#include <tarn/message.hpp>

namespace tarn {

template <typename T>
class Maybe {
  static_assert(!std::is_array_v<T>, "a tarn::Maybe holds a std::array rather than a C array");

 public:
  // What it holds.
  using value_type = T;

  constexpr Maybe() noexcept = default;
  // Without a value, with this one, or with that of an optional that has one.
  constexpr Maybe(std::nullopt_t) noexcept {}
  constexpr Maybe(const T& value) noexcept { set(1, value); }
  constexpr Maybe(const std::optional<T>& value) noexcept {
    if (value) set(1, *value);
  }

  // Takes the value away. Also makes a Maybe of the memory of a loan.
  constexpr void reset() noexcept { set(0, T{}); }

  // Whether there is a value.
  [[nodiscard]] constexpr bool has_value() const noexcept { return present_[0] != 0; }
  constexpr explicit operator bool() const noexcept { return has_value(); }

  // Requires: has_value().
  [[nodiscard]] constexpr T& operator*() noexcept {
    TARN_ASSERT(has_value());
    return value_;
  }
  // Requires: has_value().
  [[nodiscard]] constexpr const T& operator*() const noexcept {
    TARN_ASSERT(has_value());
    return value_;
  }
  // Requires: has_value().
  constexpr T* operator->() noexcept { return &**this; }
  constexpr const T* operator->() const noexcept { return &**this; }

  // The value, or `otherwise` where there is none.
  [[nodiscard]] constexpr T value_or(const T& otherwise) const noexcept {
    return has_value() ? value_ : otherwise;
  }
  // The same as the standard library has it.
  [[nodiscard]] constexpr std::optional<T> to_optional() const noexcept {
    return has_value() ? std::optional<T>(value_) : std::nullopt;
  }

  // For types that have ==. Two without a value are equal.
  friend constexpr bool operator==(const Maybe& left, const Maybe& right) noexcept {
    if (left.has_value() != right.has_value()) return false;
    return !left.has_value() || left.value_ == right.value_;
  }
  friend constexpr bool operator==(const Maybe& left, std::nullopt_t) noexcept {
    return !left.has_value();
  }

 private:
  constexpr void set(std::uint8_t present, const T& value) noexcept {
    for (std::uint8_t& byte : present_) byte = 0;
    present_[0] = present;
    value_ = value;
  }

  friend constexpr detail::Description tarn_describe(detail::TypeTag<Maybe>) noexcept {
    detail::Description described{.name = "tarn.Maybe"};
    detail::add_field<"present", std::uint8_t>(described, offsetof(Maybe, present_));
    detail::add_field<"value", T>(described, offsetof(Maybe, value_));
    return described;
  }

  // The flag takes as much room as T's alignment asks for, so that no byte of a Maybe itself is padding.
  alignas(T) std::uint8_t present_[alignof(T)] = {};
  T value_{};
};

}  // namespace tarn
