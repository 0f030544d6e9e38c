// What to say to a command line that cannot be followed: what was found, what is allowed, what may have
// been meant. Free function without state.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace tarn::cli {

// `app` has parsed the arguments in vain, for the reason that `error` tells. One line without its end.
[[nodiscard]] std::string usage_error(const CLI::App& app, const CLI::ParseError& error);

}  // namespace tarn::cli
