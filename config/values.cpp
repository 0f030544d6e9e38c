#include "config/values.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <system_error>

namespace tarn::config {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};

// The longest names first: every one of them ends in that of the byte.
constexpr std::array kUnits{
    Unit{"GiB", std::uint64_t{1} << 30},
    Unit{"MiB", std::uint64_t{1} << 20},
    Unit{"KiB", std::uint64_t{1} << 10},
    Unit{"B", 1},
};

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) noexcept {
  // YAML 1.1 reads a leading zero as octal, people do not: neither is meant here.
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [parsed_to, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || parsed_to != end) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> parse_size(std::string_view text) noexcept {
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.name)) continue;
    const auto number = parse_number(text.substr(0, text.size() - unit.name.size()));
    if (!number || *number > std::numeric_limits<std::uint64_t>::max() / unit.bytes) {
      return std::nullopt;
    }
    return *number * unit.bytes;
  }
  return std::nullopt;
}

std::string format_size(std::uint64_t bytes) {
  for (const Unit& unit : kUnits) {
    if (bytes >= unit.bytes && bytes % unit.bytes == 0) {
      return std::to_string(bytes / unit.bytes) + std::string(unit.name);
    }
  }
  return "0B";
}

}  // namespace tarn::config
