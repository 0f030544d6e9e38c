// What the control groups that this process belongs to still leave it of memory (cgroup v2, and the memory
// controller of v1). Whoever takes more is not refused but killed, so it is asked beforehand. Groups are looked
// for where systemd and containers mount them. No state; any thread.
#pragma once

#include <cstdint>

namespace tarn::platform {

// Bytes that can be taken before the narrowest of the groups is full, what it could give back of cached files
// included; UINT64_MAX where no group has a limit.
[[nodiscard]] std::uint64_t memory_left_in_groups();

}  // namespace tarn::platform
