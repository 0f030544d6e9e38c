// Lines of subscriber blocks that this process was granted: makes the pages they lie on writable. Knows
// who owns which block, not what is in it. Any thread.
#pragma once

#include <cstdint>

#include <tarn/result.hpp>

#include "middleware/pool/pool_mapping.hpp"

namespace tarn::port {

// Corrupt when the line is not this client's; the errors of PoolMapping::grant().
[[nodiscard]] Result<void> make_line_writable(pool::PoolMapping& mapping, std::uint32_t line,
                                              std::uint32_t client);

}  // namespace tarn::port
