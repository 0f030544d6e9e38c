#include "middleware/vocabulary/nearest.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

namespace tarn::vocabulary {

namespace {

// Changes of a character that make one text the other (Levenshtein 1966).
std::size_t distance(std::string_view one, std::string_view other) {
  std::vector<std::size_t> row(other.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 0; i < one.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < other.size(); ++j) {
      const std::size_t changed = diagonal + (one[i] == other[j] ? 0U : 1U);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j + 1] + 1, row[j] + 1});
    }
  }
  return row.back();
}

// A part of a name is as good as two changes: people leave out the beginning or the end.
std::size_t unlikeness(std::string_view wanted, std::string_view name) {
  const bool part = !wanted.empty() && name.find(wanted) != std::string_view::npos;
  return part ? std::min<std::size_t>(2, distance(wanted, name)) : distance(wanted, name);
}

}  // namespace

std::vector<std::string> nearest(std::string_view wanted, const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 3;
  const std::size_t limit = std::max<std::size_t>(2, wanted.size() / 3);
  std::vector<std::pair<std::size_t, std::string>> alike;
  for (const std::string& name : names) {
    const std::size_t by = unlikeness(wanted, name);
    if (by <= limit) alike.emplace_back(by, name);
  }
  std::sort(alike.begin(), alike.end());
  if (alike.size() > kMost) alike.resize(kMost);
  std::vector<std::string> texts;
  texts.reserve(alike.size());
  for (auto& [by, name] : alike) texts.push_back(std::move(name));
  return texts;
}

std::string nearest_text(std::string_view wanted, const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : nearest(wanted, names)) {
    text += (text.empty() ? "; nearest: " : ", ") + name;
  }
  return text;
}

}  // namespace tarn::vocabulary
