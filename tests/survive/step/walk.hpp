// One operation, walked through instruction by instruction: at every state of the pool that it makes, each
// of its judges looks at a copy. Sums up what was walked. Main thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/survive/step/verdict.hpp"
#include "tests/survive/step/world.hpp"

namespace tarn::test::step {

struct Judge {
  const char* when;
  std::function<void(World&, const Verdict&)> claims;
};

struct Walk {
  std::uint64_t operations = 0;
  std::uint64_t instructions = 0;
  std::uint64_t states = 0;  // distinct ones of the pool
  std::uint64_t judgements = 0;
  std::vector<std::string> failures;  // the first few
  std::uint64_t failed = 0;

  void walk(const std::string& name, World& world, const std::function<void()>& operation,
            const std::vector<Judge>& judges);
  // Prints the sums under this name and fails the test case where something did not hold.
  void report(const char* name) const;
};

}  // namespace tarn::test::step
