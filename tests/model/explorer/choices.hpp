// The way through a tree of choices, depth first: one run makes choices until it ends, the next one
// makes the same ones up to the last that has an alternative left. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tarn::model {

class Choices {
 public:
  // One of 0 .. count-1.
  std::uint32_t pick(std::uint32_t count) {
    if (made_ == path_.size()) path_.push_back({.chosen = 0, .count = count});
    return path_[made_++].chosen;
  }

  // Prepares the next run; false when every way was gone.
  bool next() {
    made_ = 0;
    while (!path_.empty() && path_.back().chosen + 1 == path_.back().count) path_.pop_back();
    if (path_.empty()) return false;
    ++path_.back().chosen;
    return true;
  }

  void restart() {
    path_.clear();
    made_ = 0;
  }

 private:
  struct Choice {
    std::uint32_t chosen;
    std::uint32_t count;
  };
  std::vector<Choice> path_;
  std::size_t made_ = 0;
};

}  // namespace tarn::model
