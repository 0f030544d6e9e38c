#include "examples/sensors/report.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <utility>

namespace sensors {

namespace {

constexpr std::array<std::pair<ReportKind, std::string_view>, 4> kKinds{
    {{ReportKind::Ready, "ready"},
     {ReportKind::Progress, "progress"},
     {ReportKind::Summary, "summary"},
     {ReportKind::Result, "result"}}};

// The next word of the line, which is taken off it; empty at its end.
std::string_view take_word(std::string_view& line) {
  const auto start = line.find_first_not_of(' ');
  if (start == std::string_view::npos) return {};
  line.remove_prefix(start);
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

std::string Report::text(std::string_view key) const {
  const auto found = values.find(key);
  return found == values.end() ? std::string() : found->second;
}

std::uint64_t Report::number(std::string_view key) const {
  const std::string digits = text(key);
  std::uint64_t number = 0;
  const char* end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, number);
  return parsed.ec == std::errc{} && parsed.ptr == end ? number : 0;
}

std::optional<Report> parse_report(std::string_view line) {
  const std::string_view kind = take_word(line);
  for (const auto& [known, name] : kKinds) {
    if (kind != name) continue;
    Report report{.kind = known, .values = {}};
    for (auto word = take_word(line); !word.empty(); word = take_word(line)) {
      const auto equals = word.find('=');
      if (equals == std::string_view::npos) return std::nullopt;
      report.values.emplace(word.substr(0, equals), word.substr(equals + 1));
    }
    if (report.has("process")) return report;
  }
  return std::nullopt;
}

void print_report(ReportKind kind, std::string_view process, std::string_view values) {
  std::string line;
  for (const auto& [known, name] : kKinds) {
    if (known == kind) line = name;
  }
  line.append(" process=").append(process);
  if (!values.empty()) line.append(" ").append(values);
  line.append("\n");
  // One call, so that lines of several threads do not mix.
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

}  // namespace sensors
