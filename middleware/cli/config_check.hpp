// `tarn config check`: whether configuration files hold, and everything that is wrong with those that do
// not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "middleware/cli/config_file.hpp"
#include "middleware/cli/exit_code.hpp"

namespace tarn::cli {

struct ConfigCheckOptions {
  std::vector<std::string> files{};
  std::uint32_t page_bytes = 4096;  // of the machine they are for
};

// A line on stdout for each file that holds, all findings on stderr. Usage when a file does not hold.
[[nodiscard]] ExitCode config_check(const ConfigCheckOptions& options);

}  // namespace tarn::cli
