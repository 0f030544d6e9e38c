// A second process for a test: runs a function in a forked child, which reports to its parent line by
// line and waits for the parent's word where the order of things matters. Assertions belong to the
// parent; a child uses check(), which ends it and is seen by the parent's join().
//
//   auto child = ChildProcess::start([&](Parent& parent) {
//     auto lock = try_lock_byte(file, 7);
//     parent.check(lock && *lock, "the child gets the lock");
//     parent.report("locked");
//     parent.wait_for_go();          // until child.go(); ends the child when the parent has gone
//   });
//   REQUIRE(child.next_report() == "locked");
//   child.go();
//   REQUIRE(child.join() == kCleanExit);
//
// The child leaves by _exit: no destructors, no leak checks, no flushing of the parent's buffers. It
// has default signal actions, and the kernel kills it when the test's main thread dies. It inherits
// all fds of its parent, so an end of a pair that it should not keep open is reset by its function.
// Start children before threads where possible; use from the main thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "tests/support/watchdog.hpp"

namespace tarn::test {

// The child's view of its parent.
class Parent {
 public:
  Parent(int report_fd, int go_fd) : report_fd_(report_fd), go_fd_(go_fd) {}

  void report(std::string_view line);
  void wait_for_go();
  // Where the claim does not hold: prints it and ends the child with exit code kCheckFailed.
  void check(bool holds, std::string_view claim);

 private:
  int report_fd_;
  int go_fd_;
};

// How a child ended: its exit code, or the signal that killed it.
struct ChildEnd {
  int exit_code = -1;
  int signal = 0;
  friend bool operator==(const ChildEnd&, const ChildEnd&) = default;
};

inline constexpr ChildEnd kCleanExit{.exit_code = 0};
inline constexpr int kCheckFailed = 3;

[[nodiscard]] constexpr ChildEnd killed_by(int signal) { return {.signal = signal}; }
[[nodiscard]] std::string describe(const ChildEnd& end);
std::ostream& operator<<(std::ostream& out, const ChildEnd& end);  // for Catch2's messages

class ChildProcess {
 public:
  // Throws std::runtime_error when there can be no further process.
  [[nodiscard]] static ChildProcess start(const std::function<void(Parent&)>& body);
  // Kills the child if it still runs and waits for its end.
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;

  [[nodiscard]] std::int32_t pid() const { return pid_; }
  // In clock ticks since boot; with the pid it names the process.
  [[nodiscard]] std::uint64_t start_time() const;

  // The next line that the child has reported. Throws std::runtime_error when the child ends without
  // one or the limit passes.
  [[nodiscard]] std::string next_report(std::chrono::nanoseconds limit = kWatchdog);
  // Lets the child's wait_for_go() return, once for each call.
  void go();
  void kill(int signal) const;

  // Waits for the end of the child and collects it. A child that outlives the limit is killed and
  // std::runtime_error thrown.
  ChildEnd join(std::chrono::nanoseconds limit = kWatchdog);

 private:
  ChildProcess(std::int32_t pid, int report_fd, int go_fd)
      : pid_(pid), report_fd_(report_fd), go_fd_(go_fd) {}
  bool try_collect();
  void close_pipes();

  std::int32_t pid_;
  int report_fd_;
  int go_fd_;
  bool collected_ = false;
  ChildEnd end_;
  std::string unread_;
};

}  // namespace tarn::test
