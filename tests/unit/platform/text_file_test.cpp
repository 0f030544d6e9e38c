#include "platform/text_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/support/temporary_directory.hpp"

using tarn::Errc;
using tarn::platform::read_text_file;
using tarn::test::must;

TEST_CASE("a text file is read whole", "[platform]") {
  const tarn::test::TemporaryDirectory directory;
  const std::string path = directory.file("text");
  SECTION("up to the last byte allowed") {
    const std::string text(200'000, 'x');
    std::ofstream(path) << text;
    CHECK(must(read_text_file(path, text.size())) == text);
  }
  SECTION("and not when it has one byte more") {
    std::ofstream(path) << std::string(200'001, 'x');
    const auto read = read_text_file(path, 200'000);
    REQUIRE_FALSE(read);
    CHECK(read.error().code() == Errc::TooLarge);
    CHECK(std::string(read.error().message()) ==
          "'" + path + "': found more than the allowed 200000 bytes");
  }
  SECTION("when it is empty") {
    std::ofstream(path) << "";
    CHECK(must(read_text_file(path, 0)).empty());
  }
  SECTION("through a symbolic link") {
    std::ofstream(path) << "text";
    const std::string link = directory.file("link");
    REQUIRE(::symlink(path.c_str(), link.c_str()) == 0);
    CHECK(must(read_text_file(link, 100)) == "text");
  }
  SECTION("when the kernel does not say its size") {
    CHECK_FALSE(must(read_text_file("/proc/self/status", 100'000)).empty());
  }
}

TEST_CASE("what is no regular file is not read", "[platform]") {
  const tarn::test::TemporaryDirectory directory;
  SECTION("nothing") {
    const auto read = read_text_file(directory.file("none"), 100);
    REQUIRE_FALSE(read);
    CHECK(read.error().code() == Errc::System);
    CHECK(read.error().system_errno() == ENOENT);
  }
  SECTION("a directory") {
    const auto read = read_text_file(directory.path(), 100);
    REQUIRE_FALSE(read);
    CHECK(read.error().code() == Errc::InvalidArgument);
    CHECK(std::string(read.error().message()) ==
          "'" + directory.path() + "': found a directory; allowed is a regular file");
  }
  SECTION("a FIFO, which is not waited for") {
    const std::string fifo = directory.file("fifo");
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    const auto read = read_text_file(fifo, 100);
    REQUIRE_FALSE(read);
    CHECK(std::string(read.error().message()).find("found a FIFO") != std::string::npos);
  }
  SECTION("a device") {
    const auto read = read_text_file("/dev/zero", 100);
    REQUIRE_FALSE(read);
    CHECK(std::string(read.error().message()).find("found a device") != std::string::npos);
  }
}
