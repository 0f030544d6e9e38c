// The scalars of a configuration file: whole numbers and sizes, decimal only. Free functions without
// state; any thread may call them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::config {

// Digits and nothing else; no sign, no leading zero, at most 64 bits.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text) noexcept;

// A number directly followed by B, KiB, MiB or GiB, in bytes.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text) noexcept;

// The size in the largest unit that shows it exactly.
[[nodiscard]] std::string format_size(std::uint64_t bytes);

}  // namespace tarn::config
