// How sockets find each other: listening, connecting, and who the peer is.

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "platform/poll_wait.hpp"
#include "platform/process_handle.hpp"
#include "platform/runtime_directory.hpp"
#include "platform/shared_file.hpp"
#include "platform/unix_socket.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/must.hpp"
#include "tests/support/signal_storm.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/temporary_directory.hpp"

namespace tarn::platform {
namespace {

using namespace std::chrono_literals;
using namespace tarn::test;

constexpr std::array kWord{std::byte{42}};
constexpr std::uint32_t kNobody = 65534;

SeqPacketSocket accept_one(SeqPacketListener& listener) {
  REQUIRE(must(wait_ready(listener.get(), Interest::Readable, deadline_after(kWatchdog))));
  auto accepted = must(listener.try_accept());
  REQUIRE(accepted.has_value());
  return std::move(*accepted);
}

TEST_CASE("a listener accepts those who connect", "[platform][unix_socket]") {
  const TemporaryDirectory directory;
  auto listener = must(SeqPacketListener::listen(directory.file("socket"), 0600));
  REQUIRE_FALSE(must(listener.try_accept()).has_value());
  auto client = must(SeqPacketSocket::connect(directory.file("socket"), kForever));
  auto server = accept_one(listener);
  REQUIRE_FALSE(must(listener.try_accept()).has_value());
  for (const int fd : {listener.get(), client.get(), server.get()}) {
    REQUIRE((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    REQUIRE((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  }
  std::array<std::byte, 4> buffer{};
  must(client.send(kWord, kForever));
  REQUIRE(must(server.receive(buffer, kForever)).bytes == 1);
  must(server.send(kWord, kForever));
  REQUIRE(must(client.receive(buffer, kForever)).bytes == 1);
}

TEST_CASE("why nobody answers at a path can be told apart", "[platform][unix_socket]") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("socket");
  const auto refusal = [&] {
    auto connected = SeqPacketSocket::connect(path, deadline_after(1s));
    REQUIRE_FALSE(connected.has_value());
    REQUIRE_THAT(connected.error().message(), contains_text(path));
    return connected.error();
  };
  SECTION("there is no such path") { REQUIRE(refusal().system_errno() == ENOENT); }
  SECTION("the listener has gone") {
    must(SeqPacketListener::listen(path, 0600)).reset();
    REQUIRE(refusal().system_errno() == ECONNREFUSED);
  }
  SECTION("it is no socket") {
    must(create_file(path, 0600));
    REQUIRE(refusal().system_errno() == ECONNREFUSED);
  }
}

TEST_CASE("a socket's mode decides who may connect", "[platform][unix_socket]") {
  if (!is_root()) return skip("needs a second user");
  const TemporaryDirectory directory;
  REQUIRE(::chmod(directory.path().c_str(), 0755) == 0);
  const std::string path = directory.file("socket");
  const auto connects_as_nobody = [&] {
    return ChildProcess::start([&](Parent& parent) {
             parent.check(::setgid(kNobody) == 0 && ::setuid(kNobody) == 0,
                          "root can become nobody");
             const auto connected = SeqPacketSocket::connect(path, kForever);
             if (connected) return;
             parent.check(connected.error().code() == Errc::NotPermitted,
                          "the refusal is a permission");
             ::_exit(1);
           })
        .join();
  };
  SECTION("its owner alone") {
    const auto listener = must(SeqPacketListener::listen(path, 0600));
    REQUIRE(connects_as_nobody() == ChildEnd{.exit_code = 1});
  }
  SECTION("a group of its own") {
    const auto listener = must(SeqPacketListener::listen(path, 0660, kNobody));
    REQUIRE(must(path_facts(path)).gid == kNobody);
    REQUIRE(connects_as_nobody() == kCleanExit);
  }
}

TEST_CASE("a socket has exactly the mode asked for", "[platform][unix_socket]") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("socket");
  const mode_t mask = GENERATE(0000U, 0022U, 0077U);
  const mode_t before = ::umask(mask);
  const auto listener = SeqPacketListener::listen(path, 0660);
  ::umask(before);
  REQUIRE(listener.has_value());
  REQUIRE(must(path_facts(path)).mode == 0660);
}

TEST_CASE("a listener takes the place of a dead one's socket", "[platform][unix_socket]") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("socket");
  must(SeqPacketListener::listen(path, 0600)).reset();
  REQUIRE(must(path_facts(path)).kind == PathKind::Socket);
  auto listener = must(SeqPacketListener::listen(path, 0600));
  const auto client = must(SeqPacketSocket::connect(path, kForever));
  REQUIRE(accept_one(listener).valid());
}

TEST_CASE("a listener takes the place of nothing but a socket", "[platform][unix_socket]") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("socket");
  must(create_file(path, 0600));
  const auto listener = SeqPacketListener::listen(path, 0600);
  REQUIRE_FALSE(listener.has_value());
  REQUIRE(listener.error().code() == Errc::InvalidRuntime);
  REQUIRE_THAT(listener.error().message(), contains_text(path));
  REQUIRE(must(path_facts(path)).kind == PathKind::RegularFile);
}

TEST_CASE("a socket path has at most 107 bytes", "[platform][unix_socket]") {
  const TemporaryDirectory directory;
  const std::string stem = directory.path() + "/";
  const std::string longest = stem + std::string(kSocketPathBytes - stem.size(), 's');
  auto listener = must(SeqPacketListener::listen(longest, 0600));
  REQUIRE(SeqPacketSocket::connect(longest, kForever).has_value());
  const std::string too_long = longest + "s";
  const auto refused = SeqPacketListener::listen(too_long, 0600);
  REQUIRE(refused.error().code() == Errc::InvalidRuntime);
  REQUIRE_THAT(refused.error().message(), contains_text("108") && contains_text("107"));
  const auto unconnected = SeqPacketSocket::connect(too_long, kForever);
  REQUIRE(unconnected.error().code() == Errc::InvalidRuntime);
}

TEST_CASE("a connect waits for room in the listener's queue", "[platform][unix_socket]") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("socket");
  auto listener = must(SeqPacketListener::listen(path, 0600));
  std::vector<SeqPacketSocket> queued;
  for (;;) {
    auto connected = SeqPacketSocket::connect(path, MonotonicTime::min());
    if (!connected) {
      REQUIRE(connected.error().code() == Errc::TimedOut);
      break;
    }
    queued.push_back(std::move(*connected));
  }
  REQUIRE(queued.size() > 100);
  SECTION("until its deadline, whatever signals come") {
    const SignalStorm storm;
    REQUIRE(storm.shakes([&] {
      const auto deadline = deadline_after(5ms);
      const auto late = SeqPacketSocket::connect(path, deadline);
      REQUIRE_FALSE(late.has_value());
      REQUIRE(late.error().code() == Errc::TimedOut);
      REQUIRE(monotonic_now() >= deadline);
    }));
  }
  SECTION("and gets in when there is some") {
    auto child = ChildProcess::start([&](Parent& parent) {
      parent.report("connecting");
      parent.check(SeqPacketSocket::connect(path, kForever).has_value(), "the child connects");
    });
    REQUIRE(child.next_report() == "connecting");
    REQUIRE(accept_one(listener).valid());
    REQUIRE(child.join() == kCleanExit);
  }
}

TEST_CASE("the kernel says who the peer is", "[platform][unix_socket]") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("socket");
  auto listener = must(SeqPacketListener::listen(path, 0600));
  auto child = ChildProcess::start([&](Parent& parent) {
    const auto connected = SeqPacketSocket::connect(path, kForever);
    parent.check(connected.has_value(), "the child connects");
    const auto peer = connected->credentials();
    parent.check(peer && peer->pid == ::getppid(), "the child sees who listens");
    parent.report("connected");
    parent.wait_for_go();
  });
  REQUIRE(child.next_report() == "connected");
  const auto server = accept_one(listener);
  const auto peer = must(server.credentials());
  REQUIRE(peer.pid == child.pid());
  REQUIRE(peer.uid == ::geteuid());
  REQUIRE(peer.gid == ::getegid());
  child.go();
  REQUIRE(child.join() == kCleanExit);
}

TEST_CASE("a pidfd of the peer tells its death", "[platform][unix_socket]") {
  const auto own = open_pidfd(own_pid());
  if (!own && own.error().system_errno() == ENOSYS) return skip("this kernel has no pidfds");
  const TemporaryDirectory directory;
  const std::string path = directory.file("socket");
  auto listener = must(SeqPacketListener::listen(path, 0600));
  auto child = ChildProcess::start([&](Parent& parent) {
    const auto connected = SeqPacketSocket::connect(path, kForever);
    parent.check(connected.has_value(), "the child connects");
    parent.wait_for_go();
  });
  const auto server = accept_one(listener);
  const auto handle = ProcessHandle::adopt(must(server.peer_pidfd()));
  REQUIRE((::fcntl(handle.get(), F_GETFD) & FD_CLOEXEC) != 0);
  REQUIRE_FALSE(handle.is_dead());
  child.kill(SIGKILL);
  REQUIRE(must(wait_ready(handle.get(), Interest::Readable, deadline_after(kWatchdog))));
  REQUIRE(handle.is_dead());
  REQUIRE(child.join() == killed_by(SIGKILL));
  SECTION("also when it is asked for afterwards") {
    auto late = server.peer_pidfd();
    if (late) {
      REQUIRE(ProcessHandle::adopt(std::move(*late)).is_dead());
    } else {
      REQUIRE(late.error().system_errno() == ESRCH);
    }
  }
}

}  // namespace
}  // namespace tarn::platform
