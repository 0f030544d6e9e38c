// What ends a broker at the n-th of certain places that it comes to: at its system calls, or after its
// stores to shared memory. Main thread of the test.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace tarn::test {

class Trap {
 public:
  Trap() = default;
  Trap(const Trap&) = delete;
  Trap& operator=(const Trap&) = delete;
  virtual ~Trap() = default;

  // For a process that has nothing to do now. Each kind counts its own places from here.
  virtual void set(std::int32_t pid) = 0;
  // Afterwards the process is ended, or goes on as if nothing had been.
  virtual void lift() = 0;

  [[nodiscard]] virtual bool has_sprung() const = 0;
  // Where; for a person.
  [[nodiscard]] virtual std::string place() const = 0;
};

// Which place of all.
struct TrapPlace {
  std::uint32_t index = 1;
  // It rings every bell there is, in use or not: one in a hundred stands for all. Between marks.
  bool of_taking_over = false;
};

}  // namespace tarn::test
