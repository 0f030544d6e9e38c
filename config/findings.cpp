#include "config/findings.hpp"

#include <algorithm>

#include "middleware/vocabulary/printable.hpp"

namespace tarn::config {

namespace {

std::string line_of(const std::string& file, const Finding& finding) {
  return file + ':' + std::to_string(finding.at.line) + ':' + std::to_string(finding.at.column) +
         ": " + (finding.path.empty() ? "" : finding.path + ": ") + finding.words;
}

// As many as an Error holds, and its "..." when that is not all.
Error error_of(const std::string& file, const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    if (text.size() > Error::kTextBytes) break;
    text += (text.empty() ? "" : "\n") + line_of(file, finding);
  }
  return Error::make(Errc::InvalidConfig, 0, "%s", text.c_str());
}

}  // namespace

std::vector<std::string> Refusal::lines() const {
  if (findings.empty()) return {error.message()};
  std::vector<std::string> lines;
  lines.reserve(findings.size() + 1);
  for (const Finding& finding : findings) lines.push_back(line_of(file, finding));
  if (more > 0) lines.push_back(file + ": and " + std::to_string(more) + " more");
  return lines;
}

void Findings::add(Position at, std::string_view path, std::string words) {
  findings_.push_back({at, std::string(path), std::move(words)});
}

Refusal Findings::take() {
  std::stable_sort(findings_.begin(), findings_.end(),
                   [](const Finding& one, const Finding& other) { return one.at < other.at; });
  const std::size_t shown = std::min(findings_.size(), kMostShown);
  const std::size_t more = findings_.size() - shown;
  findings_.erase(findings_.begin() + static_cast<std::ptrdiff_t>(shown), findings_.end());
  const Error error = error_of(file_, findings_);
  return {.file = file_, .findings = std::move(findings_), .more = more, .error = error};
}

std::string quoted(std::string_view text) {
  return std::string("'") + vocabulary::Printable(text).c_str() + "'";
}

}  // namespace tarn::config
