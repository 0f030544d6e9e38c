// Numbers that no other process draws: for identities that must not repeat. No state; any thread.
#pragma once

#include <cstdint>

#include <tarn/result.hpp>

namespace tarn::platform {

// 64 random bits from the kernel. Blocks only early at boot, until the kernel has gathered entropy.
[[nodiscard]] Result<std::uint64_t> random_u64();

}  // namespace tarn::platform
