// The scalars of a configuration file: whole decimal numbers, alone or directly followed by a unit. Free
// functions without state; any thread may call them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::config {

// Digits and nothing else; no sign, no leading zero, at most 64 bits.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text) noexcept;

// B, KiB, MiB or GiB, in bytes.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text) noexcept;
// us, ms or s, in nanoseconds.
[[nodiscard]] std::optional<std::uint64_t> parse_duration(std::string_view text) noexcept;
// Hz.
[[nodiscard]] std::optional<std::uint64_t> parse_rate(std::string_view text) noexcept;

// In the largest unit that shows it exactly, so that the matching parse_ gives the same number.
[[nodiscard]] std::string format_size(std::uint64_t bytes);
// Requires: whole microseconds.
[[nodiscard]] std::string format_duration(std::uint64_t nanoseconds);
[[nodiscard]] std::string format_rate(std::uint64_t hertz);

}  // namespace tarn::config
