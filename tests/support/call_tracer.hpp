// The system calls of another process: listed, cut off by SIGKILL, or made to fail, one at a time. Works
// on any process that this user may trace (a child, a TestDomain's broker) and on all its threads; it does
// not know what the calls are for. What the process forks is not followed.
//
//   if (const char* why = why_no_tracing()) return skip(why);
//
//   auto traced = start_traced([&](Parent& parent) {
//     auto node = need(parent, Node::open(options));
//     mark_begin();                                   // counted from here ...
//     auto publisher = node.publisher<Imu>("imu");
//     mark_end();                                     // ... to here
//   }, {.rule = at_call(n, kill_at_entry()), .between_marks = true});
//   const ChildEnd end = traced.child.join();
//   traced.tracer.detach();
//   if (!traced.tracer.was_obeyed()) break;           // the child makes fewer than n calls
//   INFO(traced.tracer.obeyed_call());                // "call 17: mmap(0x0, 0x1000, ...)"
//
//   CallTracer tracer(domain.broker_pid(), {.rule = at_call(n, fail_with(ENOMEM))});
//   auto node = Node::open(...);                      // the broker works for us, under the tracer
//   tracer.detach();                                  // it goes on, untraced
//   tracer.calls();                                   // those it made meanwhile
//
// The tracer is a process of its own, which the rule lives in: like the body of a ChildProcess a rule sees
// the memory of the test as it was, may keep state of its own, and cannot tell the test anything. A process
// that waits in the kernel when the tracer comes or goes finds its call broken off, as by a signal, and
// makes it again. Main thread of the test.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/child_process.hpp"

namespace tarn::test {

struct SystemCall {
  std::uint32_t index = 0;   // among those counted; the first is 1
  std::int32_t thread = 0;   // its tid
  std::uint64_t number = 0;  // SYS_...
  std::array<std::uint64_t, 6> arguments{};
  std::int64_t result = 0;  // -errno where it failed
  bool returned = false;    // the result is there
};
// "call 17: mmap(0x0, 0x1000, ...) = -12"
std::ostream& operator<<(std::ostream& out, const SystemCall& call);

// What becomes of a call.
struct CallOrder {
  enum class Deed : std::uint8_t {
    Pass,
    KillAtEntry,  // the process never makes it
    KillAtExit,   // made, but the process does not get to know the result
    HoldAtEntry,  // its thread stands there until release(), and then makes it
    Fail,         // answers `error` without being made
    Shorten,      // the third argument, a size, becomes at most `bytes`: a short read or write
  };
  Deed deed = Deed::Pass;
  int error = 0;
  std::uint64_t bytes = 0;
};
constexpr CallOrder kill_at_entry() { return {.deed = CallOrder::Deed::KillAtEntry}; }
constexpr CallOrder kill_at_exit() { return {.deed = CallOrder::Deed::KillAtExit}; }
constexpr CallOrder hold_at_entry() { return {.deed = CallOrder::Deed::HoldAtEntry}; }
constexpr CallOrder fail_with(int error) { return {.deed = CallOrder::Deed::Fail, .error = error}; }
constexpr CallOrder shorten_to(std::uint64_t bytes) {
  return {.deed = CallOrder::Deed::Shorten, .bytes = bytes};
}

// Asked at the entry of every counted call.
using CallRule = std::function<CallOrder(const SystemCall&)>;
// The order for the call of that index, and none for the others.
[[nodiscard]] CallRule at_call(std::uint32_t index, CallOrder order);

// In the traced process, for TraceOptions::between_marks. Calls of all its threads count in between.
void mark_begin() noexcept;
void mark_end() noexcept;

struct TraceOptions {
  CallRule rule{};             // none: only listed
  bool between_marks = false;  // else from the first to the last
};

class CallTracer {
 public:
  static constexpr std::size_t kMostRecorded = 1U
                                               << 15;  // calls; later ones obey rules all the same

  // Returns when every thread of the process is traced. Throws std::runtime_error when it cannot be.
  CallTracer(std::int32_t pid, TraceOptions options);
  ~CallTracer();
  CallTracer(CallTracer&& other) noexcept;
  CallTracer& operator=(CallTracer&&) = delete;

  // Leaves the process to itself, if it still is. What follows is complete afterwards.
  void detach();
  // Threads that an order holds go on.
  void release() const;

  // So far.
  [[nodiscard]] std::uint32_t count() const;
  [[nodiscard]] std::vector<SystemCall> calls() const;
  // Whether the rule gave an order other than Pass, and the first call it gave one for.
  [[nodiscard]] bool was_obeyed() const;
  [[nodiscard]] SystemCall obeyed_call() const;

  struct Record;

 private:
  Record* record_;  // shared with the tracer's process
  std::optional<ChildProcess> process_;
};

struct TracedChild {
  ChildProcess child;
  CallTracer tracer;
};
// The body runs once the tracer has the child.
[[nodiscard]] TracedChild start_traced(const std::function<void(Parent&)>& body,
                                       TraceOptions options);

// Why this machine cannot do it; nullptr: it can.
[[nodiscard]] const char* why_no_tracing();

}  // namespace tarn::test
