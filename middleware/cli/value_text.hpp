// Values as text: YAML, JSON, CSV; and bytes as hexadecimal. What a message holds may be anything: in
// YAML and JSON it comes out as valid text without control characters. Free functions without state.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "middleware/cli/value.hpp"

namespace tarn::cli {

// A YAML document without its separators, a line for each field, structs indented, arrays in flow style.
// Numbers with a point are written so that they read back as what they were. An array that was decoded
// in part ends in "...", one that was not at all is <array of N>.
[[nodiscard]] std::string yaml_of(const Value& value);
// All of it in flow style, on one line without its end.
[[nodiscard]] std::string yaml_line_of(const Value& value);

// On one line. What is no number in JSON (nan, infinity) is null, and so is what an array has omitted.
[[nodiscard]] std::string json_of(const Value& value);
[[nodiscard]] std::string json_text(std::string_view text);

// The innermost values in their order, on one line without its end (RFC 4180).
[[nodiscard]] std::string csv_of(const Value& value);

// Sixteen bytes a line, each with its offset.
[[nodiscard]] std::string hex_of(std::span<const std::byte> bytes);

}  // namespace tarn::cli
