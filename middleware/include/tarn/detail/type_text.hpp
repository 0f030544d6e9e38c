// The text of a message type, built at compile time into an array of exactly its length, and its
// hash. For message.hpp alone; knows nothing of topics or pools. Everything here is constexpr.
//
//   message := name '(' size ',' alignment ')' '{' [field {';' field}] '}'
//   field   := name ':' type '@' offset           (a message that is no struct has one, unnamed)
//   type    := (scalar | 'enum(' scalar ')' | message) ['[]'] {'[' count ']'}
//   scalar  := 'bool' | 'char' | ('i' | 'u') bits | 'f' bits
//
// Counts stand as in C, the outermost first. '[]' occurs in the one field of a Slice<T>, whose size
// and alignment are those of one element: there are as many as the length of the message holds.
//
// A message named `tarn.Text`, `tarn.List` or `tarn.Maybe` is the member type of that name. Other
// names do not begin with `tarn.`. Their fields are always these, whatever the capacity or type, so
// that who does not know them can show them as the structs they are:
//
//   tarn.Text  { length:u32 ; bytes:char[capacity] }   the first `length` bytes count
//   tarn.List  { size:u32 ; items:type[capacity] }     the first `size` items count
//   tarn.Maybe { present:u8 ; value:type }             the value counts if `present` is not 0
//
// Another process wrote these numbers: a length or size above the capacity means the capacity.
// `items` of a List of arrays has further counts behind the capacity.
//
// Scalars are spelt by size and sign, so `long` on one machine meets `long long` on another where
// the layout is the same. The hash is 64-bit FNV-1a over the text of the message (Fowler, Noll, Vo).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <tarn/limits.hpp>

namespace tarn {

template <typename T>
struct Slice;

}  // namespace tarn

namespace tarn::detail {

struct Field {
  std::string_view name;
  std::string_view type;
  std::size_t offset = 0;
};

// What TARN_MESSAGE wrote down about a type.
struct Description {
  std::string_view name;
  std::array<Field, kMaxMessageFields> fields{};
  std::size_t count = 0;
};

// TARN_MESSAGE declares tarn_describe() for this tag in the namespace of the type, where only
// argument-dependent lookup finds it. A tag, not a pointer: a derived class is another type.
template <typename T>
struct TypeTag {};

template <typename T>
constexpr std::string_view type_name(std::string_view as_written) {
  if constexpr (requires { std::string_view{T::kMessageName}; }) {
    static_assert(!std::string_view{T::kMessageName}.starts_with("tarn."),
                  "tarn messages must not have a name that begins with 'tarn.': it is reserved");
    return T::kMessageName;
  } else {
    return as_written;
  }
}

template <typename T>
concept Described = requires { Description{tarn_describe(TypeTag<T>{})}; };

template <typename T>
struct ArrayTraits {
  using Element = T;
  static constexpr std::size_t kCount = 0;  // not an array
};
template <typename T, std::size_t N>
struct ArrayTraits<T[N]> {
  using Element = T;
  static constexpr std::size_t kCount = N;
};
template <typename T, std::size_t N>
struct ArrayTraits<std::array<T, N>> {
  using Element = T;
  static constexpr std::size_t kCount = N;
};

template <typename T>
concept FixedArray = ArrayTraits<T>::kCount > 0;

// What one element of a message is: T itself, but for a Slice.
template <typename T>
struct ElementOf {
  using Type = T;
  static constexpr bool kMany = false;
};
template <typename T>
struct ElementOf<Slice<T>> {
  using Type = T;
  static constexpr bool kMany = true;
};

// `[]` occurs in no other name.
constexpr bool names_slice(std::string_view type_name) {
  return type_name.find("[]") != std::string_view::npos;
}

// Without an array counts what it would write.
struct TextWriter {
  char* text = nullptr;
  std::size_t length = 0;

  constexpr void put(std::string_view part) {
    for (const char c : part) {
      if (text != nullptr) text[length] = c;
      ++length;
    }
  }
  constexpr void put(std::size_t number) {
    if (number >= 10) put(number / 10);
    const char digit = static_cast<char>('0' + number % 10);
    put(std::string_view{&digit, 1});
  }
};

template <typename T>
constexpr void put_scalar(TextWriter& writer) {
  if constexpr (std::is_same_v<T, bool>) {
    writer.put("bool");
  } else if constexpr (std::is_same_v<T, char>) {
    writer.put("char");
  } else {
    writer.put(std::is_floating_point_v<T> ? "f" : std::is_signed_v<T> ? "i" : "u");
    writer.put(sizeof(T) * 8);
  }
}

template <typename T>
constexpr void put_fields(TextWriter& writer) {
  const Description description = tarn_describe(TypeTag<T>{});
  for (std::size_t i = 0; i < description.count; ++i) {
    const Field& field = description.fields[i];
    if (i > 0) writer.put(";");
    writer.put(field.name);
    writer.put(":");
    writer.put(field.type);
    writer.put("@");
    writer.put(field.offset);
  }
}

template <typename T>
constexpr void put_size(TextWriter& writer) {
  writer.put("(");
  writer.put(sizeof(typename ElementOf<T>::Type));
  writer.put(",");
  writer.put(alignof(typename ElementOf<T>::Type));
  writer.put(")");
}

enum class Detail { NameOnly, Full };

template <typename T>
constexpr void put_counts(TextWriter& writer) {
  if constexpr (ElementOf<T>::kMany) {
    writer.put("[]");
    put_counts<typename ElementOf<T>::Type>(writer);
  } else if constexpr (FixedArray<T>) {
    writer.put("[");
    writer.put(ArrayTraits<T>::kCount);
    writer.put("]");
    put_counts<std::remove_cv_t<typename ArrayTraits<T>::Element>>(writer);
  }
}

template <typename T>
constexpr void put_innermost(TextWriter& writer, Detail detail) {
  if constexpr (ElementOf<T>::kMany) {
    put_innermost<typename ElementOf<T>::Type>(writer, detail);
  } else if constexpr (FixedArray<T>) {
    put_innermost<std::remove_cv_t<typename ArrayTraits<T>::Element>>(writer, detail);
  } else if constexpr (std::is_enum_v<T>) {
    writer.put("enum(");
    put_scalar<std::underlying_type_t<T>>(writer);
    writer.put(")");
  } else if constexpr (Described<T>) {
    writer.put(tarn_describe(TypeTag<T>{}).name);
    if (detail == Detail::NameOnly) return;
    put_size<T>(writer);
    writer.put("{");
    put_fields<T>(writer);
    writer.put("}");
  } else if constexpr (std::is_arithmetic_v<T>) {
    put_scalar<T>(writer);
  }  // else a static_assert of message.hpp has said what is wrong
}

template <typename T>
constexpr void put_type(TextWriter& writer, Detail detail) {
  put_innermost<T>(writer, detail);
  put_counts<T>(writer);
}

// The whole text of a message and where its parts are.
template <std::size_t N>
struct MessageText {
  std::array<char, N> text{};
  std::size_t name_length = 0;
  std::size_t fields_at = 0;

  [[nodiscard]] constexpr std::string_view whole() const { return {text.data(), N}; }
  [[nodiscard]] constexpr std::string_view name() const { return {text.data(), name_length}; }
  [[nodiscard]] constexpr std::string_view fields() const {
    return {text.data() + fields_at, N - fields_at - 1};  // without the closing brace
  }
};

template <typename T, typename Text>
constexpr void put_message(TextWriter& writer, Text& parts) {
  put_type<T>(writer, Detail::NameOnly);
  parts.name_length = writer.length;
  put_size<T>(writer);
  writer.put("{");
  parts.fields_at = writer.length;
  if constexpr (Described<T>) {
    put_fields<T>(writer);
  } else {
    writer.put(":");
    put_type<T>(writer, Detail::Full);
    writer.put("@0");
  }
  writer.put("}");
}

template <typename T>
consteval auto make_field_type_text() {
  constexpr std::size_t kLength = [] {
    TextWriter writer;
    put_type<T>(writer, Detail::Full);
    return writer.length;
  }();
  std::array<char, kLength> text{};
  TextWriter writer{text.data()};
  put_type<T>(writer, Detail::Full);
  return text;
}

template <typename T>
consteval auto make_message_text() {
  constexpr std::size_t kLength = [] {
    TextWriter writer;
    MessageText<1> parts;
    put_message<T>(writer, parts);
    return writer.length;
  }();
  MessageText<kLength> made;
  TextWriter writer{made.text.data()};
  put_message<T>(writer, made);
  return made;
}

template <typename T>
inline constexpr auto kFieldTypeText = make_field_type_text<T>();

template <typename T>
inline constexpr auto kMessageText = make_message_text<T>();

template <typename T>
constexpr std::string_view field_type_text() {
  constexpr const auto& kText = kFieldTypeText<std::remove_cv_t<T>>;
  return {kText.data(), kText.size()};
}

constexpr std::uint64_t hash_text(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3u;
  }
  return hash;
}

constexpr std::size_t count_names(std::string_view list) {
  std::size_t count = list.empty() ? 0 : 1;
  for (const char c : list) count += c == ',' ? 1 : 0;
  return count;
}

}  // namespace tarn::detail
