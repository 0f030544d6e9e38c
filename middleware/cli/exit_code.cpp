#include "middleware/cli/exit_code.hpp"

#include <cstdio>

namespace tarn::cli {

ExitCode exit_code_of(const Error& error) noexcept {
  switch (error.code()) {
    case Errc::NoBroker:
      return ExitCode::NoBroker;
    case Errc::RoleTaken:
      return ExitCode::RoleTaken;
    case Errc::TimedOut:
      return ExitCode::TimedOut;
    case Errc::InvalidArgument:
    case Errc::InvalidTopic:
    case Errc::InvalidConfig:
    case Errc::InvalidRuntime:
      return ExitCode::Usage;
    default:
      return ExitCode::NothingFound;
  }
}

ExitCode fail(const Error& error) noexcept {
  std::fprintf(stderr, "tarn: %s\n", error.message());
  return exit_code_of(error);
}

}  // namespace tarn::cli
