// Which processes map a file, for error messages about files that must not be in use. It reads
// /proc: an answer for people, out of date when it is given. Free function without state; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "platform/shared_file.hpp"

namespace tarn::platform {

// The pids of at most `most` processes that map the file, as far as this one may see; empty where
// /proc is not mounted.
[[nodiscard]] std::vector<std::int32_t> processes_mapping(const FileIdentity& file,
                                                          std::size_t most);

}  // namespace tarn::platform
