// The wall clock as this program and its children read it: the kernel's, set forward or back by the test, for
// all of them at once. A program that links this asks here instead of the C library, its C++ library too. The
// machine's clock stays as it is, and so do all waits in the kernel: who computes one from the wall clock waits
// for the wrong time. Any process, any thread; made before the processes it is for.
#pragma once

#include <chrono>
#include <cstdint>

#include "tests/process/shared_word.hpp"

namespace tarn::test {

class WallClock {
 public:
  WallClock();
  ~WallClock();
  WallClock(const WallClock&) = delete;
  WallClock& operator=(const WallClock&) = delete;

  // From what the kernel has.
  void set_ahead(std::chrono::seconds by);
  // Seconds since 1970.
  void set_to(std::int64_t seconds);
  // How often children of this process asked for a clock that is set, or runs while the machine sleeps.
  [[nodiscard]] std::uint64_t asked_by_children() const { return asked_.load(); }

 private:
  SharedWord ahead_;  // seconds, two's complement
  SharedWord asked_;
};

}  // namespace tarn::test
