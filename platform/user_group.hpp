// The groups of this machine's users. Free function without state; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <tarn/result.hpp>

namespace tarn::platform {

// The number of the group; empty: there is none of that name. An error is one of looking: the system's
// database of groups does not answer.
[[nodiscard]] Result<std::optional<std::uint32_t>> find_group(const std::string& name);

}  // namespace tarn::platform
