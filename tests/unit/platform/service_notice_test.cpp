#include "platform/service_notice.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string>

#include "platform/file_descriptor.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/support/temporary_directory.hpp"

using tarn::platform::FileDescriptor;
using tarn::platform::notify_service_manager;
using tarn::test::must;
using tarn::test::TemporaryDirectory;

namespace {

// A service manager's end; a path that starts with '@' is abstract.
FileDescriptor listen_at(const std::string& path) {
  FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (path.front() == '@') address.sun_path[0] = '\0';
  const std::size_t length = offsetof(sockaddr_un, sun_path) + path.size();
  REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address),
                 static_cast<socklen_t>(length)) == 0);
  return socket;
}

std::string received(const FileDescriptor& socket) {
  std::string text(100, '\0');
  const auto count = ::recv(socket.get(), text.data(), text.size(), 0);
  text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  return text;
}

}  // namespace

TEST_CASE("a service manager hears what its service says", "[service_notice]") {
  SECTION("at a path") {
    const TemporaryDirectory directory;
    const FileDescriptor manager = listen_at(directory.file("notify"));
    must(notify_service_manager(directory.file("notify"), "READY=1"));
    CHECK(received(manager) == "READY=1");
  }
  SECTION("at an abstract name") {
    const std::string name = "@tarn-test-" + std::to_string(::getpid());
    const FileDescriptor manager = listen_at(name);
    must(notify_service_manager(name, "STOPPING=1"));
    CHECK(received(manager) == "STOPPING=1");
  }
}

TEST_CASE("without a service manager there is nobody to tell", "[service_notice]") {
  must(notify_service_manager("", "READY=1"));
}

TEST_CASE("a service manager that is not there is an error with its path", "[service_notice]") {
  const TemporaryDirectory directory;
  const auto told = notify_service_manager(directory.file("notify"), "READY=1");
  REQUIRE_FALSE(told);
  CHECK(told.error().system_errno() == ENOENT);
  CHECK(std::string(told.error().message()).find(directory.file("notify")) != std::string::npos);
}

TEST_CASE("a name that cannot be a socket's is refused", "[service_notice]") {
  CHECK_FALSE(notify_service_manager("relative/path", "READY=1").has_value());
  CHECK_FALSE(notify_service_manager("/" + std::string(200, 'x'), "READY=1").has_value());
}
