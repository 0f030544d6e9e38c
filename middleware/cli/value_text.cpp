#include "middleware/cli/value_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <iterator>

namespace tarn::cli {

namespace {

template <typename... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <typename... F>
Overloaded(F...) -> Overloaded<F...>;

// How many bytes of well-formed UTF-8 (Unicode 15, table 3-7) a character has here; 0: none.
std::size_t character_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto follows = [&](std::size_t i, unsigned least = 0x80, unsigned most = 0xBF) {
    return byte(i) >= least && byte(i) <= most;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool second = follows(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF);
    return second && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool second = follows(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF);
    return second && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

// Control characters, those of two bytes (U+0080 to U+009F) too.
bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 2)
    return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
  return character.size() == 1 && (first < 0x20 || first == 0x7F);
}

// In double quotes; `escape` writes a byte or code point below 256 as YAML or JSON has it.
template <typename Escape>
std::string quoted(std::string_view text, Escape escape) {
  std::string out = "\"";
  while (!text.empty()) {
    const std::size_t bytes = character_bytes(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(bytes, 1));
    text.remove_prefix(character.size());
    if (bytes == 0 || is_control(character)) {
      out += escape(static_cast<unsigned char>(character.back()));
    } else {
      if (character == "\"" || character == "\\") out += '\\';
      out += character;
    }
  }
  return out + '"';
}

bool is_plain_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '/' ||
         c == '.';
}

// Words that YAML 1.1 or 1.2 take for something else than text.
bool is_reserved_word(std::string_view text) {
  constexpr std::string_view kWords[] = {"y",    "n",     "yes",  "no",  "on", "off",
                                         "true", "false", "null", "nan", "inf"};
  std::string small(text);
  std::transform(small.begin(), small.end(), small.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(std::begin(kWords), std::end(kWords), small) != std::end(kWords);
}

std::string yaml_text(std::string_view text) {
  const bool plain = !text.empty() && std::isalpha(static_cast<unsigned char>(text[0])) != 0 &&
                     std::all_of(text.begin(), text.end(), is_plain_character);
  if (plain && !is_reserved_word(text)) return std::string(text);
  return quoted(text, [](unsigned byte) { return fmt::format("\\x{:02x}", byte); });
}

// The shortest form that reads back as this number; empty for what is none.
template <typename Float>
std::string number_text(Float number) {
  if (!std::isfinite(number)) return {};
  std::string text = fmt::format("{}", number);
  // An integer to the eye would be one to the reader.
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

template <typename Float>
std::string yaml_number(Float number) {
  if (std::isnan(number)) return ".nan";
  if (std::isinf(number)) return number > 0 ? ".inf" : "-.inf";
  return number_text(number);
}

std::string yaml_flow(const Value& value);

std::string yaml_flow(const Sequence& sequence) {
  if (sequence.items.empty() && sequence.omitted > 0) {
    return fmt::format("\"<array of {}>\"", sequence.omitted);
  }
  std::string text;
  for (const Value& item : sequence.items) text += (text.empty() ? "" : ", ") + yaml_flow(item);
  if (sequence.omitted > 0) text += ", \"...\"";
  return "[" + text + "]";
}

std::string yaml_flow(const Mapping& mapping) {
  std::string text;
  for (const Entry& entry : mapping) {
    if (!text.empty()) text += ", ";
    text += yaml_text(entry.name) + ": " + yaml_flow(entry.value);
  }
  return "{" + text + "}";
}

std::string yaml_flow(const Value& value) {
  return std::visit(Overloaded{[](std::monostate) { return std::string("null"); },
                               [](bool is) { return std::string(is ? "true" : "false"); },
                               [](std::int64_t number) { return fmt::format("{}", number); },
                               [](std::uint64_t number) { return fmt::format("{}", number); },
                               [](float number) { return yaml_number(number); },
                               [](double number) { return yaml_number(number); },
                               [](const std::string& text) { return yaml_text(text); },
                               [](const Sequence& sequence) { return yaml_flow(sequence); },
                               [](const Mapping& mapping) { return yaml_flow(mapping); }},
                    value.is);
}

void put_fields(std::string& out, const Mapping& mapping, std::size_t indent) {
  for (const Entry& entry : mapping) {
    out.append(indent, ' ');
    out += yaml_text(entry.name) + ":";
    const auto* const nested = std::get_if<Mapping>(&entry.value.is);
    if (nested != nullptr && !nested->empty()) {
      out += '\n';
      put_fields(out, *nested, indent + 2);
    } else {
      out += ' ' + yaml_flow(entry.value) + '\n';
    }
  }
}

std::string csv_text(const std::string& text) {
  if (std::all_of(text.begin(), text.end(), is_plain_character)) return text;
  std::string cell = "\"";
  for (const char c : text) {
    if (c == '"') cell += '"';
    cell += c;
  }
  return cell + '"';
}

void put_leaves(std::vector<std::string>& cells, const Value& value) {
  if (const auto* sequence = std::get_if<Sequence>(&value.is)) {
    for (const Value& item : sequence->items) put_leaves(cells, item);
  } else if (const auto* mapping = std::get_if<Mapping>(&value.is)) {
    for (const Entry& entry : *mapping) put_leaves(cells, entry.value);
  } else if (const auto* text = std::get_if<std::string>(&value.is)) {
    cells.push_back(csv_text(*text));
  } else {
    const bool nothing = std::holds_alternative<std::monostate>(value.is);
    cells.push_back(nothing ? std::string() : yaml_flow(value));
  }
}

}  // namespace

std::string yaml_of(const Value& value) {
  const auto* const mapping = std::get_if<Mapping>(&value.is);
  if (mapping == nullptr || mapping->empty()) return yaml_flow(value) + '\n';
  std::string out;
  put_fields(out, *mapping, 0);
  return out;
}

std::string yaml_line_of(const Value& value) { return yaml_flow(value); }

std::string json_text(std::string_view text) {
  return quoted(text, [](unsigned byte) { return fmt::format("\\u{:04x}", byte); });
}

std::string json_of(const Value& value) {
  const auto number = [](auto is) { return std::isfinite(is) ? number_text(is) : "null"; };
  const auto list = [](const Sequence& sequence) {
    std::string text;
    for (const Value& item : sequence.items) text += (text.empty() ? "" : ",") + json_of(item);
    if (sequence.omitted > 0) text += text.empty() ? "null" : ",null";
    return "[" + text + "]";
  };
  const auto object = [](const Mapping& mapping) {
    std::string text;
    for (const Entry& entry : mapping) {
      text += (text.empty() ? "" : ",") + json_text(entry.name) + ":" + json_of(entry.value);
    }
    return "{" + text + "}";
  };
  return std::visit(
      Overloaded{[](std::monostate) { return std::string("null"); },
                 [](bool is) { return std::string(is ? "true" : "false"); },
                 [](std::int64_t is) { return fmt::format("{}", is); },
                 [](std::uint64_t is) { return fmt::format("{}", is); },
                 [&](float is) { return number(is); }, [&](double is) { return number(is); },
                 [](const std::string& text) { return json_text(text); }, list, object},
      value.is);
}

std::string csv_of(const Value& value) {
  std::vector<std::string> cells;
  put_leaves(cells, value);
  return fmt::format("{}", fmt::join(cells, ","));
}

std::string hex_of(std::span<const std::byte> bytes) {
  constexpr std::size_t kBytesInLine = 16;
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (at % kBytesInLine == 0) out += fmt::format("{}{:08x} ", at == 0 ? "" : "\n", at);
    out += fmt::format(" {:02x}", std::to_integer<unsigned>(bytes[at]));
  }
  return out + '\n';
}

}  // namespace tarn::cli
