// Shows the live rates of the demo on stdout: one block that is drawn anew several times a second
// where a person watches, one line a second otherwise. One thread uses it.
#pragma once

#include <chrono>
#include <cstddef>

#include "examples/sensors/demo_numbers.hpp"

namespace sensors {

class LiveDisplay {
 public:
  LiveDisplay();
  // How often to call show().
  [[nodiscard]] std::chrono::milliseconds interval() const;
  void show(std::chrono::nanoseconds since_start, const DemoNumbers& numbers);

 private:
  bool terminal_;
  std::size_t lines_shown_ = 0;
};

}  // namespace sensors
