#include "middleware/cli/decode.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace tarn::cli {

namespace {

using Bytes = std::span<const std::byte>;
using Kind = TypeNode::Kind;

// The part that lies within; shorter or empty where it does not.
Bytes part(Bytes bytes, std::uint64_t offset, std::uint64_t length) {
  const std::uint64_t begin = std::min<std::uint64_t>(offset, bytes.size());
  const std::uint64_t left = bytes.size() - begin;
  return bytes.subspan(static_cast<std::size_t>(begin),
                       static_cast<std::size_t>(std::min(length, left)));
}

template <typename T>
T load(Bytes bytes) {
  T value{};
  if (bytes.size() >= sizeof value) std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::uint64_t load_unsigned(Bytes bytes) {
  switch (bytes.size()) {
    case 1:
      return load<std::uint8_t>(bytes);
    case 2:
      return load<std::uint16_t>(bytes);
    case 4:
      return load<std::uint32_t>(bytes);
    default:
      return load<std::uint64_t>(bytes);
  }
}

std::int64_t load_signed(Bytes bytes) {
  switch (bytes.size()) {
    case 1:
      return load<std::int8_t>(bytes);
    case 2:
      return load<std::int16_t>(bytes);
    case 4:
      return load<std::int32_t>(bytes);
    default:
      return load<std::int64_t>(bytes);
  }
}

class Decoder {
 public:
  explicit Decoder(std::size_t most_elements) : most_elements_(most_elements) {}

  Value any(const TypeNode& type, Bytes bytes) const {
    if (type.open && type.kind == Kind::Char && type.counts.empty()) return text(bytes);
    if (type.open) {
      const std::uint64_t stride = type.total_bytes();
      return {elements(type, 0, bytes, stride == 0 ? 0 : bytes.size() / stride)};
    }
    return array(type, 0, bytes);
  }

 private:
  // What is left of an array below its first `level` counts.
  Value array(const TypeNode& type, std::size_t level, Bytes bytes) const {
    if (level == type.counts.size()) return one(type, bytes);
    // A row of characters is a text, up to the first NUL.
    if (type.kind == Kind::Char && level + 1 == type.counts.size()) return text(bytes);
    return {elements(type, level + 1, bytes, type.counts[level])};
  }

  // `count` elements that are what is left of the type below its first `level` counts.
  Sequence elements(const TypeNode& type, std::size_t level, Bytes bytes,
                    std::uint64_t count) const {
    std::uint64_t stride = type.bytes;
    for (std::size_t i = level; i < type.counts.size(); ++i) stride *= type.counts[i];
    Sequence sequence;
    const std::uint64_t whole = std::min(count, stride == 0 ? 0 : bytes.size() / stride);
    const auto shown = static_cast<std::size_t>(std::min<std::uint64_t>(whole, most_elements_));
    sequence.items.reserve(shown);
    for (std::size_t i = 0; i < shown; ++i) {
      sequence.items.push_back(array(type, level, part(bytes, i * stride, stride)));
    }
    sequence.omitted = static_cast<std::size_t>(whole) - shown;
    return sequence;
  }

  Value one(const TypeNode& type, Bytes bytes) const {
    // A payload that ends before its type does: what is not there has no value.
    if (bytes.size() < type.bytes) return {};
    bytes = bytes.first(type.bytes);
    switch (type.kind) {
      case Kind::Bool:
        return {load<std::uint8_t>(bytes) != 0};
      case Kind::Char:
        return text(bytes);
      case Kind::Signed:
        return {load_signed(bytes)};
      case Kind::Unsigned:
        return {load_unsigned(bytes)};
      case Kind::Float:
        if (type.bytes == sizeof(float)) return {load<float>(bytes)};
        return {load<double>(bytes)};
      case Kind::Struct:
        return fields(type, bytes);
      case Kind::Text:
      case Kind::List:
      case Kind::Maybe:
        return counted(type, bytes);
    }
    return {};
  }

  Value fields(const TypeNode& type, Bytes bytes) const {
    Mapping mapping;
    mapping.reserve(type.fields.size());
    for (const TypeField& field : type.fields) {
      mapping.push_back({field.name, any(field.type, field_of(field, bytes))});
    }
    return {std::move(mapping)};
  }

  // The first field says how much of the second counts.
  Value counted(const TypeNode& type, Bytes bytes) const {
    const TypeField& body = type.fields[1];
    const Bytes body_bytes = field_of(body, bytes);
    const std::uint64_t count =
        load_unsigned(part(bytes, type.fields[0].offset, type.fields[0].type.bytes));
    if (type.kind == Kind::Maybe) return count == 0 ? Value{} : any(body.type, body_bytes);
    const std::uint64_t capacity = body.type.counts.front();
    const std::uint64_t size = std::min(count, capacity);
    if (type.kind == Kind::Text) {
      const Bytes characters = part(body_bytes, 0, size);
      return {std::string(reinterpret_cast<const char*>(characters.data()), characters.size())};
    }
    return {elements(body.type, 1, body_bytes, size)};
  }

  static Bytes field_of(const TypeField& field, Bytes bytes) {
    return part(bytes, field.offset, field.type.total_bytes());
  }

  static Value text(Bytes bytes) {
    const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {std::string(all.substr(0, all.find('\0')))};
  }

  std::size_t most_elements_;
};

}  // namespace

Value decode(const TypeNode& type, std::span<const std::byte> payload, std::size_t most_elements) {
  return Decoder(most_elements).any(type, payload);
}

}  // namespace tarn::cli
