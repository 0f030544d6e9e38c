#include "middleware/cli/exit_code.hpp"

#include <cstdio>

namespace tarn::cli {

ExitCode exit_code_of(const Error& error) noexcept {
  switch (error.code()) {
    case Errc::NoBroker:
      return kNoBroker;
    case Errc::RoleTaken:
      return kRoleTaken;
    case Errc::TimedOut:
      return kTimedOut;
    case Errc::InvalidArgument:
    case Errc::InvalidTopic:
    case Errc::InvalidConfig:
    case Errc::InvalidRuntime:
      return kUsage;
    default:
      return kNothingFound;
  }
}

ExitCode fail(const Error& error) noexcept {
  std::fprintf(stderr, "tarn: %s\n", error.message());
  return exit_code_of(error);
}

}  // namespace tarn::cli
