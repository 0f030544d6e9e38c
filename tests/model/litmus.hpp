// A litmus test: a few threads of a few accesses, and which results the explorer finds possible. What it
// answers has to be what C++20 says. One at a time.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "middleware/ring/atomics.h"
#include "tests/model/explorer/explorer.hpp"
#include "tests/model/explorer/shared_access.hpp"

namespace tarn::test {

using Registers = std::array<std::uint64_t, 4>;

class Litmus : public model::Program {
 public:
  using Body = std::function<void(Litmus&)>;
  explicit Litmus(std::vector<Body> bodies) : bodies_(std::move(bodies)) {}

  std::uint64_t x = 0;
  std::uint64_t y = 0;
  std::uint64_t z = 0;
  std::uint32_t bell = 0;
  std::uint64_t payload = 0;
  Registers r{};

  // Explores everything; the ways to end are in outcomes().
  model::Findings explore(const model::ExplorerOptions& options = {}) {
    outcomes_.clear();
    return model::Explorer(*this, options).run();
  }
  [[nodiscard]] const std::set<Registers>& outcomes() const { return outcomes_; }
  // Whether an execution can end with these registers.
  [[nodiscard]] bool allows(const Registers& wanted) {
    const model::Findings findings = explore();
    if (!findings.complete) throw std::runtime_error("not explored to its end: " + findings.why);
    return outcomes_.count(wanted) != 0;
  }
  [[nodiscard]] bool forbids(const Registers& wanted) { return !allows(wanted); }

  // After the last step, to put the final values of words into registers.
  std::function<void(Litmus&)> at_end;

  void describe(model::WordMap& words) override {
    words.name(&x, "x");
    words.name(&y, "y");
    words.name(&z, "z");
    words.name(&bell, "bell");
    words.name(&payload, "payload");
  }
  std::vector<model::ThreadBody> threads() override {
    std::vector<model::ThreadBody> threads;
    for (std::size_t i = 0; i < bodies_.size(); ++i) {
      threads.push_back(
          {.name = "thread " + std::to_string(i + 1), .body = [this, i] { bodies_[i](*this); }});
    }
    return threads;
  }
  void reset() override { r = {}; }
  void finish() override {
    if (at_end) at_end(*this);
    outcomes_.insert(r);
  }

 private:
  std::vector<Body> bodies_;
  std::set<Registers> outcomes_;
};

}  // namespace tarn::test
