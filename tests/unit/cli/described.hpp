// A type as an observer of its topic gets to know it, and a message's bytes. Free functions; any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include <tarn/tarn.hpp>

namespace tarn::test {

template <typename T>
TopicType described() {
  const MessageType type = message_type<T>();
  return {.name = std::string(type.name),
          .hash = type.hash,
          .bytes = type.size_bytes,
          .alignment = type.alignment,
          .fields = std::string(type.fields)};
}

template <typename T>
std::span<const std::byte> bytes_of(const T& message) {
  return std::as_bytes(std::span(&message, 1));
}

}  // namespace tarn::test
