// Everything that is wrong with a file, collected over one run and shown in the order of the file. It does
// not know what makes a value wrong. One owner; one thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tarn/error.hpp>

#include "config/origins.hpp"

namespace tarn::config {

struct Finding {
  Position at;
  std::string path;   // of the key; empty: the file as a whole
  std::string words;  // "found X; allowed: Y; did you mean Z?"
};

// Why there is no configuration.
struct Refusal {
  std::string file;
  std::vector<Finding> findings;  // the first of them; none when the file could not be read at all
  std::size_t more = 0;           // that are not shown
  Error error;  // for whoever forwards errors: the findings, as many as an Error holds

  // A line for each finding: file:line:column: key: words. And one for those that are left out.
  [[nodiscard]] std::vector<std::string> lines() const;
};

class Findings {
 public:
  static constexpr std::size_t kMostShown = 20;

  explicit Findings(std::string file) : file_(std::move(file)) {}

  void add(Position at, std::string_view path, std::string words);
  [[nodiscard]] bool any() const noexcept { return !findings_.empty(); }
  // Requires: any(). Nothing is left here.
  [[nodiscard]] Refusal take();

 private:
  std::string file_;
  std::vector<Finding> findings_;
};

// 'text', fit for a line of a log.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace tarn::config
