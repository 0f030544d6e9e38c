// What happened in one execution, a line per operation, for whoever has to understand a violation.
// One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/model/explorer/operation.hpp"
#include "tests/model/explorer/word_map.hpp"

namespace tarn::model {

struct TraceLine {
  ThreadId thread = 0;
  Operation operation;
  ThreadId writer = 0;   // of what was read
  bool initial = false;  // what was read is the initial value
  bool stale = false;    // newer ones were there
  bool early = false;    // it was written only later
  std::string remark;    // instead of all this
};

class Trace {
 public:
  void clear() { lines_.clear(); }
  void add(TraceLine line) { lines_.push_back(std::move(line)); }
  void note(ThreadId thread, const Operation& operation);
  void remark(ThreadId thread, const char* text);

  [[nodiscard]] std::string print(const WordMap& words,
                                  const std::vector<ThreadBody>& threads) const;

 private:
  std::vector<TraceLine> lines_;
};

}  // namespace tarn::model
