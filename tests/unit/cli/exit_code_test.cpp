#include "middleware/cli/exit_code.hpp"

#include "tests/support/catch.hpp"

using tarn::Errc;
using tarn::Error;
using namespace tarn::cli;

TEST_CASE("scripts tell the reasons of a failure by the exit code", "[cli]") {
  const auto code = [](Errc errc) {
    return static_cast<int>(exit_code_of(Error::make(errc, 0, "x")));
  };
  CHECK(code(Errc::NoBroker) == 4);
  CHECK(code(Errc::RoleTaken) == 3);
  CHECK(code(Errc::TimedOut) == 124);
  CHECK(code(Errc::InvalidArgument) == 2);
  CHECK(code(Errc::InvalidTopic) == 2);
  CHECK(code(Errc::NotPermitted) == 1);
  CHECK(code(Errc::TooManyObservers) == 1);
}
