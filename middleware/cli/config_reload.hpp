// `tarn config reload`: makes the broker of a domain read its configuration again. Knows what is printed,
// not how it is done. Free function; one thread.
#pragma once

#include <string>

#include "middleware/cli/exit_code.hpp"

namespace tarn::cli {

struct ConfigReloadOptions {
  std::string domain = "default";
};

// What was applied and what waits goes to stdout; why nothing was, to stderr, a line each: Usage when the
// file is to blame.
[[nodiscard]] ExitCode config_reload(const ConfigReloadOptions& options);

}  // namespace tarn::cli
