// From the bytes of a message to values, by its type. A payload of any length and content is read within
// its bounds: what it should hold and does not is left out. Free functions without state; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "middleware/cli/type_tree.hpp"
#include "middleware/cli/value.hpp"

namespace tarn::cli {

inline constexpr std::size_t kAllElements = std::numeric_limits<std::size_t>::max();

// Of each array and list at most `most_elements` are decoded; the others count as omitted.
[[nodiscard]] Value decode(const TypeNode& type, std::span<const std::byte> payload,
                           std::size_t most_elements = kAllElements);

}  // namespace tarn::cli
