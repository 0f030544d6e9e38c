#include "platform/file_descriptor.hpp"

#include <fcntl.h>

#include <cerrno>
#include <utility>

#include "tests/support/catch.hpp"

namespace tarn::platform {
namespace {

int open_null() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

TEST_CASE("a file descriptor closes what it holds", "[platform][file_descriptor]") {
  const int number = open_null();
  {
    const FileDescriptor file(number);
    REQUIRE(file.valid());
    REQUIRE(file.get() == number);
    REQUIRE(is_open(number));
  }
  REQUIRE_FALSE(is_open(number));
}

TEST_CASE("an empty file descriptor holds nothing", "[platform][file_descriptor]") {
  const FileDescriptor nothing;
  REQUIRE_FALSE(nothing.valid());
  REQUIRE_FALSE(static_cast<bool>(nothing));
  REQUIRE_FALSE(FileDescriptor(-1).valid());
}

TEST_CASE("moving a file descriptor leaves the source empty", "[platform][file_descriptor]") {
  const int number = open_null();
  FileDescriptor first(number);
  FileDescriptor second(std::move(first));
  REQUIRE(second.get() == number);
  SECTION("and assignment closes what was held before") {
    const int other = open_null();
    FileDescriptor third(other);
    third = std::move(second);
    REQUIRE(third.get() == number);
    REQUIRE_FALSE(is_open(other));
    REQUIRE(is_open(number));
  }
  SECTION("and assignment to itself keeps it") {
    FileDescriptor& same = second;
    second = std::move(same);
    REQUIRE(second.get() == number);
    REQUIRE(is_open(number));
  }
}

TEST_CASE("release gives the number away without closing it", "[platform][file_descriptor]") {
  FileDescriptor file(open_null());
  const FileDescriptor taken(file.release());
  REQUIRE_FALSE(file.valid());
  REQUIRE(is_open(taken.get()));
}

TEST_CASE("reset closes the old number, keeps the new one and leaves errno alone",
          "[platform][file_descriptor]") {
  const int old = open_null();
  FileDescriptor file(old);
  const int fresh = open_null();
  errno = ENOTTY;
  file.reset(fresh);
  REQUIRE(errno == ENOTTY);
  REQUIRE_FALSE(is_open(old));
  REQUIRE(is_open(fresh));
  file.reset();
  REQUIRE_FALSE(is_open(fresh));
}

}  // namespace
}  // namespace tarn::platform
