// Which addresses are words that the explorer follows, and what they are called. A word is met at its
// first access; names are given beforehand, by the program under test. Words that a claim is not about
// can be left out: they are plain memory then, which keeps an exploration small. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/model/explorer/operation.hpp"

namespace tarn::model {

class WordMap {
 public:
  using Format = std::string (*)(std::uint64_t value);

  // Several words from `at` on are called text[0], text[1], ... of `stride` bytes each.
  void name(const void* at, std::string text, Format format = nullptr);
  void name_each(const void* at, std::size_t count, std::size_t stride, const std::string& text);
  void leave_out(const void* at, std::size_t bytes);

  // The word at an address; none if it is left out.
  [[nodiscard]] std::optional<WordId> find(const void* at);

  [[nodiscard]] const std::string& text(WordId word) const { return words_[word].text; }
  [[nodiscard]] std::string show(WordId word, std::uint64_t value) const;
  [[nodiscard]] std::size_t count() const { return words_.size(); }

 private:
  struct Word {
    std::string text;
    Format format = nullptr;
  };
  struct Range {
    const std::byte* at;
    std::size_t bytes;
  };

  std::unordered_map<const void*, WordId> ids_;
  std::vector<Word> words_;
  std::vector<Range> left_out_;
};

}  // namespace tarn::model
