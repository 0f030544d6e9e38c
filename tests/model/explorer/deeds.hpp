// What the threads of a program do: how often each writes a word and with which values, waits on it,
// wakes its sleepers, and passes full fences. Counted during an execution, and, as the most that any
// execution did, what the explorer knows of the program: a thread need not be made to wait for
// something that nobody does. Plain values.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "tests/model/explorer/operation.hpp"

namespace tarn::model {

struct WrittenValue {
  std::uint64_t value = 0;
  bool released = false;  // a reader that acquires synchronises

  bool operator==(const WrittenValue&) const = default;
};

struct WordDeeds {
  std::uint32_t writes = 0;
  std::uint32_t waits = 0;
  std::uint32_t wakes = 0;
  std::vector<WrittenValue> values;
};

struct Deeds {
  std::array<std::array<WordDeeds, kMostWords>, kMostThreads> words;
  std::array<std::uint32_t, kMostThreads> full_fences{};

  void clear() {
    for (auto& thread : words) {
      for (WordDeeds& word : thread) {
        word.writes = word.waits = word.wakes = 0;
        word.values.clear();
      }
    }
    full_fences = {};
  }

  // Takes over what is more than it has. True: something was.
  bool learn(const Deeds& other) {
    bool more = false;
    const auto raise = [&more](std::uint32_t& mine, std::uint32_t theirs) {
      more = more || theirs > mine;
      mine = std::max(mine, theirs);
    };
    for (std::size_t thread = 0; thread < kMostThreads; ++thread) {
      raise(full_fences[thread], other.full_fences[thread]);
      for (std::size_t id = 0; id < kMostWords; ++id) {
        WordDeeds& mine = words[thread][id];
        const WordDeeds& theirs = other.words[thread][id];
        raise(mine.writes, theirs.writes);
        raise(mine.waits, theirs.waits);
        raise(mine.wakes, theirs.wakes);
        for (const WrittenValue& value : theirs.values) {
          if (std::find(mine.values.begin(), mine.values.end(), value) != mine.values.end())
            continue;
          mine.values.push_back(value);
          more = true;
        }
      }
    }
    return more;
  }
};

}  // namespace tarn::model
