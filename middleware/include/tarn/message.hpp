// What can be a message, and TARN_MESSAGE, which describes one. A message is a fixed number of bytes
// that mean the same in every process: trivially copyable, standard layout, no pointers. Publisher
// and subscriber must agree on name, size, alignment and field hash. Knows nothing of topics beyond
// their name in an error. Nothing here has state; everything but check_same_type() is done by the
// compiler.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <tarn/detail/message_check.hpp>
#include <tarn/detail/type_text.hpp>
#include <tarn/limits.hpp>
#include <tarn/result.hpp>

namespace tarn {

// A message type as records and packets carry it. The views point at static storage when they come
// from message_type(), else into whatever record they were read from.
struct MessageType {
  std::string_view name;         // as TARN_MESSAGE was told it
  std::uint32_t size_bytes = 0;  // of one element where is_slice()
  std::uint32_t alignment = 0;   // in bytes, of each element
  std::uint64_t hash = 0;        // of name, size, alignment and fields; the same on 32 and 64 bit
  std::string_view fields;       // the grammar is in detail/type_text.hpp

  // As many elements as the length of the message holds, not one.
  [[nodiscard]] constexpr bool is_slice() const noexcept { return detail::names_slice(name); }

  friend bool operator==(const MessageType&, const MessageType&) = default;
};

// TypeMismatch names both types and the first field in which they differ. Both may have been written
// by other processes.
[[nodiscard]] Result<void> check_same_type(std::string_view topic, const MessageType& carried,
                                           const MessageType& asked) noexcept;

// For overloads and constraints. What should explain itself when it fails uses require_message().
template <typename T>
concept Message = detail::fault_of<std::remove_cv_t<T>>() == detail::Fault::None;

// Bare numbers, enums and arrays are messages too; their one field has no name. So is a Slice<T> of
// them.
template <typename T>
[[nodiscard]] constexpr MessageType message_type() {
  using Plain = std::remove_cv_t<T>;
  using Element = typename detail::ElementOf<Plain>::Type;
  static_assert(require_message<Element>());
  constexpr const auto& kText = detail::kMessageText<Plain>;
  static_assert(kText.whole().size() <= kMaxTypeTextBytes,
                "tarn messages must describe themselves in 8 KiB: use arrays or shorter names");
  static_assert(kText.name().size() <= kMaxTypeNameBytes,
                "tarn messages must have a name of at most 63 bytes");
  static_assert(detail::has_type_name<Element>(),
                "tarn messages must have a name of printable characters without ( ) { } [ ] ; @");
  return {.name = kText.name(),
          .size_bytes = sizeof(Element),
          .alignment = alignof(Element),
          .hash = detail::hash_text(kText.whole()),
          .fields = kText.fields()};
}

}  // namespace tarn

// TARN_MESSAGE(Type, field, ...) describes a struct at namespace scope, after it and in its
// namespace; the types of its fields come first. Zero to 32 fields.
//
//   struct Imu { std::uint64_t stamp_ns; std::array<float, 3> accel, gyro; };
//   TARN_MESSAGE(Imu, stamp_ns, accel, gyro)
//
// Fields are numbers, bool, char, enums, described structs, Text, List, Maybe and arrays of these. The type's name is
// what is written here, or its `static constexpr const char* kMessageName`. Bytes of no named field
// travel as they are but no check covers them: a pointer among them goes unnoticed.
//
// Names, types and offsets of members are out of reach for templates, hence a macro.
#define TARN_MESSAGE(Type, ...)                                                                    \
  static_assert(::tarn::detail::count_names(#__VA_ARGS__) <= ::tarn::kMaxMessageFields,            \
                "TARN_MESSAGE takes at most 32 fields: move some of " #Type                        \
                " into a message of their own");                                                   \
  [[maybe_unused]] constexpr ::tarn::detail::Description tarn_describe(                            \
      ::tarn::detail::TypeTag<Type>) noexcept {                                                    \
    ::tarn::detail::Description described{.name = ::tarn::detail::type_name<Type>(#Type)};         \
    __VA_OPT__(TARN_MESSAGE_DETAIL_FIELDS(Type, __VA_ARGS__, , , , , , , , , , , , , , , , , , , , \
                                          , , , , , , , , , , , , ))                               \
    return described;                                                                              \
  }                                                                                                \
  static_assert(::tarn::require_message<Type>());
