// How the tarn command ends, for scripts. The same in all its verbs.
#pragma once

#include <tarn/error.hpp>

namespace tarn::cli {

enum class ExitCode : int {
  Ok = 0,
  NothingFound = 1,  // or a check failed
  Usage = 2,         // or configuration
  RoleTaken = 3,
  NoBroker = 4,
  TimedOut = 124,
};

// What an error that ends a verb means for its exit code.
[[nodiscard]] ExitCode exit_code_of(const Error& error) noexcept;

// Says the error on stderr and answers its exit code.
[[nodiscard]] ExitCode fail(const Error& error) noexcept;

}  // namespace tarn::cli
