#include "config/scalars.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <utility>
#include <vector>

#include <tarn/limits.hpp>
#include <tarn/topic_name.hpp>

#include "config/findings.hpp"
#include "config/values.hpp"
#include "middleware/vocabulary/domain_name.hpp"
#include "middleware/vocabulary/nearest.hpp"
#include "platform/tcp_address.hpp"

namespace tarn::config {

namespace {

std::optional<std::uint64_t> parse(std::string_view text, Kind kind) {
  switch (kind) {
    case Kind::Number:
      return parse_number(text);
    case Kind::Size:
      return parse_size(text);
    case Kind::Duration:
      return parse_duration(text);
    case Kind::Rate:
      return parse_rate(text);
    default:
      return std::nullopt;
  }
}

bool in_range(std::uint64_t value, const Key& key) {
  return value >= key.least && value <= key.most;
}

std::optional<std::size_t> find_word(std::string_view text, const Key& key) {
  const auto found = std::find(key.words.begin(), key.words.end(), text);
  if (found == key.words.end()) return std::nullopt;
  return static_cast<std::size_t>(found - key.words.begin());
}

std::vector<std::string> word_list(const Key& key) { return {key.words.begin(), key.words.end()}; }

// Names of units as people write them, by their beginning in lower case.
struct Habit {
  Kind kind;
  std::string_view begin;
  std::string_view unit;
};
constexpr std::array kHabits{
    Habit{Kind::Size, "g", "GiB"},     Habit{Kind::Size, "m", "MiB"},
    Habit{Kind::Size, "k", "KiB"},     Habit{Kind::Size, "b", "B"},
    Habit{Kind::Duration, "ms", "ms"}, Habit{Kind::Duration, "milli", "ms"},
    Habit{Kind::Duration, "us", "us"}, Habit{Kind::Duration, "micro", "us"},
    Habit{Kind::Duration, "s", "s"},   Habit{Kind::Rate, "hz", "Hz"},
};

std::string_view unit_like(std::string_view written, Kind kind) {
  std::string lower;
  for (const char c : written) {
    if (c != ' ') lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  for (const Habit& habit : kHabits) {
    if (habit.kind == kind && lower.starts_with(habit.begin)) return habit.unit;
  }
  return "";
}

// The number that was meant: without zeros in front, its unit right behind it and as it is written here.
// Nothing where that guesses too much, as for a number without a unit.
std::string number_meant(std::string_view found, const Key& key) {
  const std::size_t digits = std::min(found.find_first_not_of("0123456789"), found.size());
  if (digits == 0) return "";
  std::string_view number = found.substr(0, digits);
  number.remove_prefix(std::min(number.find_first_not_of('0'), digits - 1));
  std::string meant(number);
  if (key.kind != Kind::Number) {
    meant += unit_like(found.substr(digits), key.kind);
  } else if (digits != found.size()) {
    return "";
  }
  const auto value = parse(meant, key.kind);
  return value && in_range(*value, key) && meant != found ? meant : "";
}

std::string boolean_meant(std::string_view found) {
  std::string lower;
  for (const char c : found) {
    lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  for (const auto* word : {"true", "yes", "on", "1"}) {
    if (lower == word) return "true";
  }
  for (const auto* word : {"false", "no", "off", "0"}) {
    if (lower == word) return "false";
  }
  return "";
}

// "; did you mean X?", or nothing; also where there is but one thing to mean.
std::string meant(const DocumentNode& node, const Key& key) {
  if (key.kind == Kind::Choice && key.words.size() == 1) return "";
  std::string value;
  if (key.kind == Kind::Boolean) {
    value = boolean_meant(node.scalar);
    if (!key.words.empty() && !find_word(value, key)) value.clear();
  } else {
    value = number_meant(node.scalar, key);
  }
  if (value.empty()) return did_you_mean(node.scalar, word_list(key));
  return "; did you mean " + value + "?";
}

std::string refusal(const DocumentNode& node, const Key& key) {
  const std::string in_quotes = node.quoted ? " in quotes" : "";
  return "found " + quoted(node.scalar) + in_quotes + "; allowed: " + allowed(key) +
         meant(node, key);
}

std::optional<std::string> read_boolean(DocumentNode& node, const Key& key) {
  const bool is_true = node.scalar == "true";
  const bool valid = (is_true || node.scalar == "false") && !node.quoted &&
                     (key.words.empty() || find_word(node.scalar, key));
  if (!valid) return refusal(node, key);
  node.value = is_true ? 1 : 0;
  return std::nullopt;
}

bool is_name(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-';
  });
}

// ASCII alone: other characters may move a terminal's cursor or turn its text around.
bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// Whole levels and a '/'.
bool is_prefix(std::string_view text) {
  return text.ends_with('/') && check_topic_name(text.substr(0, text.size() - 1)).has_value();
}

// A rule of `topics`, or what a link carries: that may be what users may not publish.
Result<void> check_pattern(std::string_view text, const Key& key) {
  if (key.name == "topic") return check_topic_pattern(text);
  if (!is_topic_pattern(text)) return check_user_topic_name(text);
  if (!is_reserved_topic_name(text)) return check_topic_pattern(text);
  return Failure(Error::make(Errc::InvalidTopic, 0,
                             "topic pattern %s: names under 'tarn/' are reserved; choose another "
                             "first level",
                             quoted(text).c_str()));
}

// The texts whose form is known elsewhere, with the words of that place.
Result<void> check_form(std::string_view text, const Key& key) {
  if (key.name == "domain") return vocabulary::check_domain_name(text);
  if (key.name == "as") return check_user_topic_name(text);
  if (key.parent == "topics" || key.name == "topic") return check_pattern(text, key);
  return {};
}

bool has_form(std::string_view text, const Key& key) {
  if (text.size() < key.least || text.size() > key.most || !is_printable(text)) return false;
  if (key.name == "prefix") return is_prefix(text);
  return (key.name != "node" && key.name != "name") || is_name(text);
}

}  // namespace

std::optional<std::string> fault_of_text(std::string_view text, const Key& key) {
  if (const auto checked = check_form(text, key); !checked) return checked.error().message();
  const std::string refusal = "; allowed: " + allowed(key);
  if (!has_form(text, key)) return "found " + quoted(text) + refusal;
  if (key.form != kAddressForm) return std::nullopt;
  const auto address = platform::parse_tcp_address(text);
  if (address) return std::nullopt;
  return "found " + quoted(text) + ", which " + address.error().message() + refusal;
}

std::string nearest_word(std::string_view found, const std::vector<std::string>& words) {
  constexpr std::size_t kLeastBytes = 3;  // a shorter one is like too many
  if (found.size() < kLeastBytes) return "";
  const auto near = vocabulary::nearest(found, words);
  return near.empty() ? "" : near.front();
}

std::string did_you_mean(std::string_view found, const std::vector<std::string>& words) {
  const std::string near = nearest_word(found, words);
  return near.empty() ? "" : "; did you mean " + near + "?";
}

std::optional<std::string> read_scalar(DocumentNode& node, const Key& key) {
  std::optional<std::string> fault;
  if (key.kind == Kind::Text) {
    fault = fault_of_text(node.scalar, key);
  } else if (key.kind == Kind::Boolean) {
    fault = read_boolean(node, key);
  } else if (const auto word = find_word(node.scalar, key)) {
    node.value = *word;
    node.is_word = true;
  } else {
    const auto value = parse(node.scalar, key.kind);
    // A number in quotes is a text.
    const bool valid = value && in_range(*value, key) && (key.kind != Kind::Number || !node.quoted);
    if (!valid) return refusal(node, key);
    node.value = *value;
  }
  node.sound = !fault;
  return fault;
}

}  // namespace tarn::config
