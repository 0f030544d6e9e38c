// What to say when a topic that somebody named is not there. Free functions without state.
#pragma once

#include <string>

#include <tarn/error.hpp>
#include <tarn/observer.hpp>

#include "middleware/cli/exit_code.hpp"

namespace tarn::cli {

// Says the error on stderr; where no such topic is known, also the names most like it.
[[nodiscard]] ExitCode fail_to_find(const Observer& observer, const std::string& topic,
                                    const Error& error);

}  // namespace tarn::cli
