// One operation, walked through instruction by instruction: at every state of the pool that it makes, each
// of its judges looks at a copy. Sums up what was walked. Main thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/survive/step/verdict.hpp"
#include "tests/survive/step/world.hpp"

namespace tarn::test::step {

// What the pool held when it was looked at last.
class LastLook {
 public:
  explicit LastLook(const pool::PoolView& pool);

  // Since then; and looks.
  bool changed();
  [[nodiscard]] std::uint64_t hash() const;

 private:
  const std::byte* now_;
  std::size_t bytes_;
  std::size_t page_;
  std::vector<std::byte> was_;
};

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
