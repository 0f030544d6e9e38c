// The rows of the schema, as they are written down: schema.cpp brings them into their order. For the files
// that hold the rows; no one else includes it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "config/schema.hpp"

namespace tarn::config {

inline constexpr std::string_view kTopicForm =
    "a topic name such as sensor/imu, or a pattern: * for one level, ** for many";

inline constexpr std::uint64_t kMicrosecond = 1000;
inline constexpr std::uint64_t kMillisecond = 1000 * kMicrosecond;

// Each part after what it is in.
[[nodiscard]] std::vector<Key> domain_keys();
[[nodiscard]] std::vector<Key> link_keys();

template <std::size_t N>
void append(std::vector<Key>& all, const std::array<Key, N>& some) {
  all.insert(all.end(), some.begin(), some.end());
}

}  // namespace tarn::config
