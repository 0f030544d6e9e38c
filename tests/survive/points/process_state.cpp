#include "tests/survive/points/process_state.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "tests/support/watchdog.hpp"

namespace tarn::test {

char process_state(std::int32_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  std::array<char, 256> text;
  const auto count = ::read(file, text.data(), text.size());
  ::close(file);
  const std::string_view stat(text.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  // The name before it stands in brackets and may hold anything.
  const auto name_end = stat.rfind(") ");
  return name_end == std::string_view::npos ? '\0' : stat[name_end + 2];
}

bool all_asleep(std::span<const std::int32_t> pids) {
  return std::all_of(pids.begin(), pids.end(),
                     [](std::int32_t pid) { return process_state(pid) == 'S'; });
}

bool comes_true(const std::function<bool()>& condition) {
  constexpr int kShortPauses = 200;
  constexpr ::useconds_t kShortPause = 20;
  for (int i = 0; i < kShortPauses; ++i) {
    if (condition()) return true;
    ::usleep(kShortPause);
  }
  return wait_until(condition);
}

}  // namespace tarn::test
