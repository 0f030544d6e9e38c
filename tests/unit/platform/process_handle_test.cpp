#include "platform/process_handle.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "platform/poll_wait.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/must.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/watchdog.hpp"

namespace tarn::platform {
namespace {

using namespace tarn::test;

bool has_pidfds() {
  const auto self = ProcessHandle::open(own_pid());
  return self || self.error().system_errno() != ENOSYS;
}

void wait_to_be_killed(Parent& parent) { parent.wait_for_go(); }

TEST_CASE("a process handle knows the living from the dead", "[platform][process_handle]") {
  if (!has_pidfds()) return skip("this kernel has no pidfds");
  auto child = ChildProcess::start(wait_to_be_killed);
  const auto handle = must(ProcessHandle::open(child.pid()));
  REQUIRE_FALSE(handle.is_dead());
  REQUIRE((::fcntl(handle.get(), F_GETFD) & FD_CLOEXEC) != 0);
  child.kill(SIGKILL);
  // Dead at once, although nobody has collected it yet.
  REQUIRE(must(wait_ready(handle.get(), Interest::Readable, deadline_after(kWatchdog))));
  REQUIRE(handle.is_dead());
  REQUIRE(child.join() == killed_by(SIGKILL));
  REQUIRE(handle.is_dead());
}

TEST_CASE("a stopped process is alive", "[platform][process_handle]") {
  if (!has_pidfds()) return skip("this kernel has no pidfds");
  auto child = ChildProcess::start(wait_to_be_killed);
  const auto handle = must(ProcessHandle::open(child.pid()));
  child.kill(SIGSTOP);
  int status = 0;
  REQUIRE(::waitpid(child.pid(), &status, WUNTRACED) == child.pid());
  REQUIRE(WIFSTOPPED(status));
  REQUIRE_FALSE(handle.is_dead());
  child.kill(SIGKILL);
  REQUIRE(child.join() == killed_by(SIGKILL));
  REQUIRE(handle.is_dead());
}

TEST_CASE("a process that is gone has no handle", "[platform][process_handle]") {
  if (!has_pidfds()) return skip("this kernel has no pidfds");
  auto child = ChildProcess::start([](Parent&) {});
  REQUIRE(child.join() == kCleanExit);
  const auto handle = ProcessHandle::open(child.pid());
  REQUIRE_FALSE(handle.has_value());
  REQUIRE(handle.error().system_errno() == ESRCH);
}

TEST_CASE("a handle is adopted from a pidfd", "[platform][process_handle]") {
  if (!has_pidfds()) return skip("this kernel has no pidfds");
  auto pidfd = must(open_pidfd(own_pid()));
  const int number = pidfd.get();
  const auto handle = ProcessHandle::adopt(std::move(pidfd));
  REQUIRE(handle.valid());
  REQUIRE(handle.get() == number);
  REQUIRE_FALSE(handle.is_dead());
}

TEST_CASE("a process keeps its start time, whatever it calls itself",
          "[platform][process_handle]") {
  // The name stands in the middle of the line that the time is read from.
  const char* const name = GENERATE("plain", "a) R 1 2 3", ")) ((", "  ", "(");
  auto child = ChildProcess::start([&](Parent& parent) {
    parent.wait_for_go();
    ::prctl(PR_SET_NAME, name);
    parent.report("renamed");
    parent.wait_for_go();
  });
  const auto before = must(process_start_time(child.pid()));
  REQUIRE(before > 0);
  child.go();
  REQUIRE(child.next_report() == "renamed");
  REQUIRE(must(process_start_time(child.pid())) == before);
  child.go();
  REQUIRE(child.join() == kCleanExit);
}

TEST_CASE("a child starts no earlier than its parent", "[platform][process_handle]") {
  auto child = ChildProcess::start(wait_to_be_killed);
  REQUIRE(must(process_start_time(child.pid())) >= must(process_start_time(own_pid())));
  child.go();
  REQUIRE(child.join() == kCleanExit);
  SECTION("and has no start time when it is gone") {
    const auto gone = process_start_time(child.pid());
    REQUIRE_FALSE(gone.has_value());
    REQUIRE((gone.error().system_errno() == ENOENT || gone.error().system_errno() == ESRCH));
  }
}

TEST_CASE("the own pid is the kernel's", "[platform][process_handle]") {
  REQUIRE(own_pid() == ::getpid());
}

}  // namespace
}  // namespace tarn::platform
