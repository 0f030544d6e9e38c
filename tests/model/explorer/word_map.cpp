#include "tests/model/explorer/word_map.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <utility>

namespace tarn::model {

void WordMap::name(const void* at, std::string text, Format format) {
  if (words_.size() == kMostWords) {
    std::fprintf(stderr, "the program under test has more than %zu words\n", kMostWords);
    std::abort();
  }
  ids_.emplace(at, static_cast<WordId>(words_.size()));
  words_.push_back({.text = std::move(text), .format = format});
}

void WordMap::name_each(const void* at, std::size_t count, std::size_t stride,
                        const std::string& text) {
  for (std::size_t i = 0; i < count; ++i) {
    name(static_cast<const std::byte*>(at) + i * stride, text + "[" + std::to_string(i) + "]");
  }
}

void WordMap::leave_out(const void* at, std::size_t bytes) {
  left_out_.push_back({.at = static_cast<const std::byte*>(at), .bytes = bytes});
}

std::optional<WordId> WordMap::find(const void* at) {
  if (const auto known = ids_.find(at); known != ids_.end()) return known->second;
  const auto* byte = static_cast<const std::byte*>(at);
  const bool left_out = std::any_of(left_out_.begin(), left_out_.end(), [&](const Range& range) {
    return !std::less<>{}(byte, range.at) && std::less<>{}(byte, range.at + range.bytes);
  });
  if (left_out) return std::nullopt;
  name(at, "word " + std::to_string(words_.size()));
  return ids_.at(at);
}

std::string WordMap::show(WordId word, std::uint64_t value) const {
  if (words_[word].format != nullptr) return words_[word].format(value);
  if (value < 1'000'000) return std::to_string(value);
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

}  // namespace tarn::model
