// Whether a type can be a message, said in words when it cannot, and the walk of TARN_MESSAGE over its
// fields. For message.hpp alone; knows the types and their descriptions, nothing else. Everything
// here is done by the compiler.
#pragma once

#include <cstddef>
#include <string_view>
#include <type_traits>

#include <tarn/detail/type_text.hpp>
#include <tarn/limits.hpp>

namespace tarn::detail {

enum class Fault { None, Address, Virtual, Copy, Layout, Portability, Bounds, Slice, Undescribed };

template <typename T>
constexpr bool is_address() {
  return std::is_pointer_v<T> || std::is_reference_v<T> || std::is_member_pointer_v<T> ||
         std::is_null_pointer_v<T>;
}

// Their size or sign is another on another machine.
template <typename T>
constexpr bool is_unportable() {
  return std::is_same_v<T, long double> || std::is_same_v<T, wchar_t> ||
         (std::is_arithmetic_v<T> && sizeof(T) > 8);
}

template <typename T>
constexpr bool is_within_bounds() {
  return sizeof(T) <= kMaxMessageBytes && alignof(T) <= kMaxMessageAlignment;
}

// The characters that structure the text of a type are not part of its name.
constexpr bool is_type_name(std::string_view name) {
  for (const char c : name) {
    const auto value = static_cast<unsigned char>(c);
    if (value < 0x20 || value == 0x7f) return false;
  }
  return !name.empty() && name.find_first_of("(){}[];@") == std::string_view::npos;
}

template <typename T>
constexpr bool has_type_name() {
  if constexpr (FixedArray<T>) {
    return has_type_name<std::remove_cv_t<typename ArrayTraits<T>::Element>>();
  } else if constexpr (Described<T>) {
    return is_type_name(tarn_describe(TypeTag<T>{}).name);
  } else {
    return true;
  }
}

template <typename T>
constexpr Fault fault_of() {
  if constexpr (FixedArray<T>) {
    if constexpr (!is_within_bounds<T>()) return Fault::Bounds;
    return fault_of<std::remove_cv_t<typename ArrayTraits<T>::Element>>();
  } else if constexpr (ElementOf<T>::kMany) {
    return Fault::Slice;
  } else if constexpr (is_address<T>()) {
    return Fault::Address;
  } else if constexpr (!std::is_object_v<T> || std::is_array_v<T>) {
    return Fault::Undescribed;  // void, a function, an array without a bound
  } else if constexpr (is_unportable<T>()) {
    return Fault::Portability;
  } else if constexpr (std::is_polymorphic_v<T>) {
    return Fault::Virtual;
  } else if constexpr (!std::is_trivially_copyable_v<T>) {
    return Fault::Copy;
  } else if constexpr (!std::is_standard_layout_v<T>) {
    return Fault::Layout;
  } else if constexpr (!is_within_bounds<T>()) {
    return Fault::Bounds;
  } else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T> || Described<T>) {
    return Fault::None;
  } else {
    return Fault::Undescribed;
  }
}

}  // namespace tarn::detail

namespace tarn {

// Does not compile when T is no message, and says why; for a static_assert in class templates.
template <typename T>
consteval bool require_message() {
  using detail::Fault;
  constexpr Fault kFault = detail::fault_of<std::remove_cv_t<T>>();
  static_assert(kFault != Fault::Address,
                "tarn messages must hold no pointers or references: an address means nothing to "
                "another process");
  static_assert(kFault != Fault::Virtual,
                "tarn messages must be trivially copyable: a virtual function means nothing to "
                "another process");
  static_assert(kFault != Fault::Copy,
                "tarn messages must be trivially copyable: the type or a member of it has a copy, "
                "move or destructor that does work of its own");
  static_assert(
      kFault != Fault::Layout,
      "tarn messages must have standard layout: all members in one class, with one access");
  static_assert(
      kFault != Fault::Portability,
      "tarn messages must have the same layout on every machine: long double, wchar_t and "
      "integers over 64 bits do not");
  static_assert(kFault != Fault::Bounds,
                "tarn messages must have at most 1 GiB and an alignment of at most 64 bytes");
  static_assert(kFault != Fault::Slice,
                "a tarn::Slice is a whole message: as a member use tarn::List<T, N>");
  static_assert(
      kFault != Fault::Undescribed,
      "tarn messages must be described: put TARN_MESSAGE(Type, field, ...) after the type, "
      "in its namespace");
  return kFault == Fault::None;
}

}  // namespace tarn

namespace tarn::detail {

// A template argument, so that the compiler shows the field's name when it refuses the field.
template <std::size_t N>
struct FieldName {
  char text[N];

  consteval FieldName(const char (&name)[N]) {
    for (std::size_t i = 0; i < N; ++i) text[i] = name[i];
  }
};

template <FieldName kName, typename T>
constexpr void add_field(Description& described, std::size_t offset) {
  static_assert(require_message<T>());
  if (described.count == described.fields.size()) return;  // TARN_MESSAGE says so
  described.fields[described.count++] = {
      .name = {kName.text, sizeof(kName.text) - 1}, .type = field_type_text<T>(), .offset = offset};
}

}  // namespace tarn::detail

// The walk is flat, not recursive, because the compiler repeats every level of a macro in its errors:
// FIELDS always takes 32 fields, some of them empty, and FIELD of an empty one is nothing.
#define TARN_MESSAGE_DETAIL_FIELD(Type, ...)                                       \
  __VA_OPT__(::tarn::detail::add_field<#__VA_ARGS__, decltype(Type::__VA_ARGS__)>( \
                 described, offsetof(Type, __VA_ARGS__));)

// Two to a line, which the formatter would not keep.
// clang-format off
#define TARN_MESSAGE_DETAIL_FIELDS(Type,                                            \
    f01, f02, f03, f04, f05, f06, f07, f08, f09, f10, f11, f12, f13, f14, f15, f16, \
    f17, f18, f19, f20, f21, f22, f23, f24, f25, f26, f27, f28, f29, f30, f31, f32, \
    ...)                                                                            \
  TARN_MESSAGE_DETAIL_FIELD(Type, f01) TARN_MESSAGE_DETAIL_FIELD(Type, f02)        \
  TARN_MESSAGE_DETAIL_FIELD(Type, f03) TARN_MESSAGE_DETAIL_FIELD(Type, f04)        \
  TARN_MESSAGE_DETAIL_FIELD(Type, f05) TARN_MESSAGE_DETAIL_FIELD(Type, f06)        \
  TARN_MESSAGE_DETAIL_FIELD(Type, f07) TARN_MESSAGE_DETAIL_FIELD(Type, f08)        \
  TARN_MESSAGE_DETAIL_FIELD(Type, f09) TARN_MESSAGE_DETAIL_FIELD(Type, f10)        \
  TARN_MESSAGE_DETAIL_FIELD(Type, f11) TARN_MESSAGE_DETAIL_FIELD(Type, f12)        \
  TARN_MESSAGE_DETAIL_FIELD(Type, f13) TARN_MESSAGE_DETAIL_FIELD(Type, f14)        \
  TARN_MESSAGE_DETAIL_FIELD(Type, f15) TARN_MESSAGE_DETAIL_FIELD(Type, f16)        \
  TARN_MESSAGE_DETAIL_FIELD(Type, f17) TARN_MESSAGE_DETAIL_FIELD(Type, f18)        \
  TARN_MESSAGE_DETAIL_FIELD(Type, f19) TARN_MESSAGE_DETAIL_FIELD(Type, f20)        \
  TARN_MESSAGE_DETAIL_FIELD(Type, f21) TARN_MESSAGE_DETAIL_FIELD(Type, f22)        \
  TARN_MESSAGE_DETAIL_FIELD(Type, f23) TARN_MESSAGE_DETAIL_FIELD(Type, f24)        \
  TARN_MESSAGE_DETAIL_FIELD(Type, f25) TARN_MESSAGE_DETAIL_FIELD(Type, f26)        \
  TARN_MESSAGE_DETAIL_FIELD(Type, f27) TARN_MESSAGE_DETAIL_FIELD(Type, f28)        \
  TARN_MESSAGE_DETAIL_FIELD(Type, f29) TARN_MESSAGE_DETAIL_FIELD(Type, f30)        \
  TARN_MESSAGE_DETAIL_FIELD(Type, f31) TARN_MESSAGE_DETAIL_FIELD(Type, f32)
// clang-format on
