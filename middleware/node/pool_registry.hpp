// One mapping of a pool per process, shared by all nodes of that process: address space is dear on a
// 32-bit board, and so are page tables. Mappings live as long as somebody uses them. Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <tarn/result.hpp>

#include "middleware/pool/pool_mapping.hpp"
#include "platform/file_descriptor.hpp"

namespace tarn::node {

// The process's mapping of pool `pool_id`, made from `file` where there is none yet, and with it the
// socket that rings who sleeps in `bells`: so that no publisher is without one when it needs it.
[[nodiscard]] Result<std::shared_ptr<pool::PoolMapping>> shared_mapping(
    std::uint64_t pool_id, const platform::FileDescriptor& file, const std::string& bells);

}  // namespace tarn::node
