#include "platform/service_manager.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <string>

#include "platform/file_descriptor.hpp"
#include "platform/process_handle.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/must.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace tarn::platform;
using namespace std::chrono_literals;
using tarn::test::contains_text;
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
  std::string text(200, '\0');
  const auto count = ::recv(socket.get(), text.data(), text.size(), 0);
  text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  return text;
}

ServiceManager manager_that_waits(const std::string& path, const std::string& microseconds,
                                  const std::string& pid = "") {
  return must(ServiceManager::find(
      {.notify_socket = path, .watchdog_usec = microseconds, .watchdog_pid = pid}));
}

}  // namespace

TEST_CASE("a service manager hears what its service says", "[service_manager]") {
  const TemporaryDirectory directory;
  std::string name = directory.file("notify");
  SECTION("at a path") {}
  SECTION("at an abstract name") { name = "@tarn-test-" + std::to_string(::getpid()); }
  const FileDescriptor end = listen_at(name);
  ServiceManager manager = must(ServiceManager::find({.notify_socket = name}));
  must(manager.starting(std::chrono::seconds(30)));
  CHECK(received(end) == "EXTEND_TIMEOUT_USEC=30000000");
  must(manager.ready());
  CHECK(received(end) == "READY=1");
  must(manager.reloading());
  CHECK_THAT(received(end), contains_text("RELOADING=1\nMONOTONIC_USEC="));
  must(manager.status("all is well"));
  CHECK(received(end) == "STATUS=all is well");
  must(manager.stopping());
  CHECK(received(end) == "STOPPING=1");
}

TEST_CASE("without a service manager there is nobody to tell", "[service_manager]") {
  ServiceManager manager = must(ServiceManager::find({.watchdog_usec = "1000"}));
  must(manager.ready());
  CHECK(manager.next_sign() == kForever);
  manager.give_sign(monotonic_now());
}

TEST_CASE("a service manager that is not there is an error with its path", "[service_manager]") {
  const TemporaryDirectory directory;
  ServiceManager manager = must(ServiceManager::find({.notify_socket = directory.file("notify")}));
  const auto told = manager.ready();
  REQUIRE_FALSE(told);
  CHECK(told.error().system_errno() == ENOENT);
  CHECK_THAT(told.error().message(), contains_text(directory.file("notify")));
}

TEST_CASE("a name that cannot be a socket's is refused", "[service_manager]") {
  CHECK_FALSE(ServiceManager::find({.notify_socket = "relative/path"}));
  CHECK_FALSE(ServiceManager::find({.notify_socket = "/" + std::string(200, 'x')}));
}

TEST_CASE("a service gives two signs of life in the time after which it counts as dead",
          "[service_manager]") {
  const TemporaryDirectory directory;
  const FileDescriptor end = listen_at(directory.file("notify"));
  ServiceManager manager = manager_that_waits(directory.file("notify"), "2000000");
  const MonotonicTime begin = monotonic_now();
  CHECK(manager.next_sign() <= begin);
  manager.give_sign(begin);
  CHECK(received(end) == "WATCHDOG=1");
  CHECK(manager.next_sign() == begin + 1s);
  manager.give_sign(begin + 999ms);
  CHECK(received(end).empty());
  manager.give_sign(begin + 1s);
  CHECK(received(end) == "WATCHDOG=1");
}

TEST_CASE("signs of life are for who asked this process for them", "[service_manager]") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("notify");
  const FileDescriptor end = listen_at(path);
  CHECK(manager_that_waits(path, "").next_sign() == kForever);
  CHECK(manager_that_waits(path, "0").next_sign() == kForever);
  CHECK(manager_that_waits(path, "2s").next_sign() == kForever);
  CHECK(manager_that_waits(path, "1000", "1").next_sign() == kForever);
  CHECK(manager_that_waits(path, "1000", std::to_string(own_pid())).next_sign() != kForever);
}

TEST_CASE("a service that has no descriptor left still says that it lives", "[service_manager]") {
  const TemporaryDirectory directory;
  const FileDescriptor end = listen_at(directory.file("notify"));
  auto service = tarn::test::ChildProcess::start([&](tarn::test::Parent& parent) {
    ServiceManager manager = manager_that_waits(directory.file("notify"), "1000");
    const rlimit none{.rlim_cur = 0, .rlim_max = 0};
    parent.check(::setrlimit(RLIMIT_NOFILE, &none) == 0, "no descriptor is left");
    parent.check(::open("/dev/null", O_RDONLY | O_CLOEXEC) < 0, "not one");
    manager.give_sign(monotonic_now());
    parent.check(manager.ready().has_value(), "the manager can be told");
  });
  CHECK(service.join() == tarn::test::kCleanExit);
  CHECK(received(end) == "WATCHDOG=1");
  CHECK(received(end) == "READY=1");
}

TEST_CASE("a service does not wait for a manager that reads nothing to say that it lives",
          "[service_manager]") {
  const TemporaryDirectory directory;
  const FileDescriptor end = listen_at(directory.file("notify"));
  ServiceManager manager = manager_that_waits(directory.file("notify"), "1000");
  constexpr int kMoreThanFit = 5000;
  MonotonicTime now = monotonic_now();
  for (int i = 0; i < kMoreThanFit; ++i) manager.give_sign(now += 1s);
  CHECK(received(end) == "WATCHDOG=1");
}
