#include "examples/sensors/live_display.hpp"

#include <cstdio>

#include "examples/sensors/child_processes.hpp"

namespace sensors {

LiveDisplay::LiveDisplay() : terminal_(stdout_is_terminal()) {}

std::chrono::milliseconds LiveDisplay::interval() const {
  return terminal_ ? std::chrono::milliseconds(200) : std::chrono::seconds(1);
}

void LiveDisplay::show(std::chrono::nanoseconds since_start, const DemoNumbers& numbers) {
  const double seconds = std::chrono::duration<double>(since_start).count();
  if (!terminal_) {
    std::printf("%3.0f s: %s\n", seconds, numbers.live_line().c_str());
    std::fflush(stdout);
    return;
  }
  // ECMA-48: up by n lines; clear to the end of the line.
  if (lines_shown_ > 0) std::printf("\x1b[%zuA", lines_shown_);
  std::printf("%.1f s\x1b[K\n", seconds);
  const auto lines = numbers.live_lines();
  for (const auto& line : lines) std::printf("  %s\x1b[K\n", line.c_str());
  std::fflush(stdout);
  lines_shown_ = lines.size() + 1;
}

}  // namespace sensors
