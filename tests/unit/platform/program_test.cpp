#include "platform/program.hpp"

#include <stdlib.h>
#include <sys/stat.h>

#include <array>
#include <fstream>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/temporary_directory.hpp"

using tarn::Errc;
using tarn::platform::become_program;
using tarn::test::ChildEnd;
using tarn::test::ChildProcess;
using tarn::test::Parent;
using tarn::test::TemporaryDirectory;

namespace {

// A program that ends with the exit code it is given as its second argument.
void write_program(const std::string& path) {
  std::ofstream(path) << "#!/bin/sh\nexit \"$2\"\n";
  REQUIRE(::chmod(path.c_str(), 0700) == 0);
}

}  // namespace

TEST_CASE("a process becomes a program from its PATH, with its arguments", "[program]") {
  const TemporaryDirectory directory;
  write_program(directory.file("tarn-test-program"));
  const std::string path = "/nowhere:" + directory.path();
  auto child = ChildProcess::start([&](Parent& parent) {
    ::setenv("PATH", path.c_str(), 1);
    const std::array<std::string, 2> arguments{"an argument", "42"};
    const auto error = become_program("tarn-test-program", arguments);
    parent.check(false, error.message());
  });
  CHECK(child.join() == ChildEnd{.exit_code = 42});
}

TEST_CASE("a program that is nowhere is an error that says where it was looked for", "[program]") {
  const auto error = become_program("tarn-no-such-program", {});
  CHECK(error.code() == Errc::InvalidArgument);
  const std::string text = error.message();
  CHECK(text.find("/tarn-no-such-program)") != std::string::npos);
  CHECK(text.find("PATH") != std::string::npos);
}

TEST_CASE("a file that is no program is an error with its path", "[program]") {
  const TemporaryDirectory directory;
  std::ofstream(directory.file("tarn-test-empty")) << "\x7f"
                                                      "ELF, but not really";
  REQUIRE(::chmod(directory.file("tarn-test-empty").c_str(), 0700) == 0);
  const std::string path = directory.path();
  auto child = ChildProcess::start([&](Parent& parent) {
    ::setenv("PATH", path.c_str(), 1);
    parent.report(become_program("tarn-test-empty", {}).message());
  });
  CHECK(child.next_report().find("cannot run " + path + "/tarn-test-empty") == 0);
  CHECK(child.join() == tarn::test::kCleanExit);
}
