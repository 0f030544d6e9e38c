// Other programs of ours: finding one and becoming it. Knows no names of its own. Free functions
// without state; any thread.
#pragma once

#include <span>
#include <string>

#include <tarn/result.hpp>

namespace tarn::platform {

// Replaces this process by the program `name`: the one beside this program's own file, where an
// installation and a build tree have it, else the first in PATH. `arguments` are what follows the
// name. Returns only to say why not: InvalidArgument when there is no such program, System with the
// errno of an execve that failed.
[[nodiscard]] Error become_program(const std::string& name, std::span<const std::string> arguments);

}  // namespace tarn::platform
