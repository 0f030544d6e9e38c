#include <tarn/detail/assert.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"

using tarn::test::ChildProcess;
using tarn::test::Parent;

TEST_CASE("a broken contract names its place and condition and aborts", "[assert]") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  auto child = ChildProcess::start([&](Parent&) {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::dup2(ends[1], STDERR_FILENO);
    const int held = 3;
    TARN_ASSERT(held <= 2);
  });
  ::close(ends[1]);
  CHECK(child.join() == tarn::test::killed_by(SIGABRT));

  std::array<char, 512> text{};  // the pipe held it, and nobody writes any more
  const auto length = ::read(ends[0], text.data(), text.size());
  ::close(ends[0]);
  REQUIRE(length > 0);
  const std::string words(text.data(), static_cast<std::size_t>(length));
  CHECK(words.find("assert_test.cpp:") != std::string::npos);
  CHECK(words.find("assertion failed: held <= 2\n") != std::string::npos);
}

TEST_CASE("a kept contract looks at its condition once", "[assert]") {
  int looks = 0;
  TARN_ASSERT(++looks == 1);
  CHECK(looks == 1);
}
