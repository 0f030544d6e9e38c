#include "platform/fork_canary.hpp"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/skip.hpp"

namespace tarn::platform {
namespace {

using namespace tarn::test;

TEST_CASE("a process keeps its generation", "[platform][fork_canary]") {
  const auto generation = current_process_generation();
  REQUIRE(generation != 0);
  REQUIRE(current_process_generation() == generation);
  REQUIRE_FALSE(in_forked_child(generation));
}

TEST_CASE("a handle made before a fork knows the child", "[platform][fork_canary]") {
  const auto generation = current_process_generation();
  auto child = ChildProcess::start([&](Parent& parent) {
    parent.check(in_forked_child(generation), "the parent's handle is in a child");
    const auto own = current_process_generation();
    parent.check(own != 0 && own != generation, "the child has a generation of its own");
    parent.check(!in_forked_child(own), "a handle of the child's own is at home");
    parent.check(in_forked_child(generation), "the parent's still is not");
    auto grandchild = ChildProcess::start([&](Parent& father) {
      father.check(in_forked_child(generation), "the grandparent's handle is in a child");
      father.check(in_forked_child(own), "and so is the parent's");
      father.check(current_process_generation() != own, "the generations differ");
    });
    parent.check(grandchild.join() == kCleanExit, "the grandchild agrees");
  });
  REQUIRE(child.join() == kCleanExit);
  REQUIRE_FALSE(in_forked_child(generation));
}

TEST_CASE("a fork past the C library is noticed too", "[platform][fork_canary]") {
  if (is_emulated()) return skip("the emulator ignores MADV_WIPEONFORK");
  const auto generation = current_process_generation();
  const auto pid = static_cast<pid_t>(::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
  REQUIRE(pid >= 0);
  // No fork handlers have run in this child, and its C library believes to be the parent.
  if (pid == 0) ::syscall(SYS_exit_group, in_forked_child(generation) ? 42 : 43);
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) == 42);
}

TEST_CASE("all threads of a child find the same generation", "[platform][fork_canary]") {
  static_cast<void>(current_process_generation());
  auto child = ChildProcess::start([](Parent& parent) {
    std::array<ProcessGeneration, 4> found{};
    std::array<std::thread, 4> threads;
    for (std::size_t index = 0; index < threads.size(); ++index) {
      threads[index] = std::thread([&, index] { found[index] = current_process_generation(); });
    }
    for (auto& thread : threads) thread.join();
    for (const auto generation : found) {
      parent.check(generation == found[0] && generation != 0, "the generations are one");
    }
  });
  REQUIRE(child.join() == kCleanExit);
}

}  // namespace
}  // namespace tarn::platform
