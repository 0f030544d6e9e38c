#include "config/values.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <span>
#include <system_error>

namespace tarn::config {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t worth;
};

// The longest names first: every one of them ends in the last.
constexpr std::array kSizes{
    Unit{"GiB", std::uint64_t{1} << 30},
    Unit{"MiB", std::uint64_t{1} << 20},
    Unit{"KiB", std::uint64_t{1} << 10},
    Unit{"B", 1},
};
constexpr std::array kDurations{
    Unit{"us", 1'000},
    Unit{"ms", 1'000'000},
    Unit{"s", 1'000'000'000},
};
constexpr std::array kRates{Unit{"Hz", 1}};

// A number with the first unit whose name the text ends in.
std::optional<std::uint64_t> parse(std::string_view text, std::span<const Unit> units) noexcept {
  for (const Unit& unit : units) {
    if (!text.ends_with(unit.name)) continue;
    const auto number = parse_number(text.substr(0, text.size() - unit.name.size()));
    if (!number || *number > std::numeric_limits<std::uint64_t>::max() / unit.worth) {
      return std::nullopt;
    }
    return *number * unit.worth;
  }
  return std::nullopt;
}

std::string format(std::uint64_t value, const Unit& unit) {
  return std::to_string(value / unit.worth).append(unit.name);
}

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
  return parse(text, kSizes);
}

std::optional<std::uint64_t> parse_duration(std::string_view text) noexcept {
  return parse(text, kDurations);
}

std::optional<std::uint64_t> parse_rate(std::string_view text) noexcept {
  return parse(text, kRates);
}

std::string format_size(std::uint64_t bytes) {
  for (const Unit& unit : kSizes) {
    if (bytes >= unit.worth && bytes % unit.worth == 0) return format(bytes, unit);
  }
  return "0B";
}

std::string format_duration(std::uint64_t nanoseconds) {
  const auto& [microseconds, milliseconds, seconds] = kDurations;
  if (nanoseconds % seconds.worth == 0) return format(nanoseconds, seconds);
  if (nanoseconds % milliseconds.worth == 0) return format(nanoseconds, milliseconds);
  return format(nanoseconds, microseconds);
}

std::string format_rate(std::uint64_t hertz) { return format(hertz, kRates.front()); }

}  // namespace tarn::config
