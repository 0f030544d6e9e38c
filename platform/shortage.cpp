#include "platform/shortage.hpp"

#include <time.h>

namespace tarn::platform {

void wait_out_shortage() noexcept {
  const int saved_errno = errno;
  constexpr long kMoment = 1'000'000;
  const timespec moment{.tv_sec = 0, .tv_nsec = kMoment};
  (void)::clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, nullptr);
  errno = saved_errno;
}

}  // namespace tarn::platform
