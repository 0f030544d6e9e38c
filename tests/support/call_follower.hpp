// The tracer's half of CallTracer: seizes every thread of a process with ptrace and takes them from one
// system call to the next. All of it happens in one thread of the tracer's process, as ptrace demands.
#pragma once

#include <signal.h>
#include <sys/ptrace.h>

#include <atomic>
#include <cstdint>
#include <map>

#include "tests/support/call_tracer.hpp"

namespace tarn::test {

// What the tracer tells the test, in memory of both.
struct CallTracer::Record {
  static constexpr std::int32_t kAttached = 1;

  std::atomic<std::int32_t> attached{0};  // kAttached, or -errno of the refusal
  std::atomic<std::uint32_t> count{0};
  std::atomic<std::uint32_t> obeyed{0};  // 1: an order was given, for `obeyed_call`
  SystemCall obeyed_call;
  std::array<SystemCall, kMostRecorded> calls;
};

// Not an option of prctl, so that the kernel refuses it; the second argument says which mark it is.
inline constexpr std::uint64_t kMarkOption = 0x7461726e;

// What the test tells the tracer, by signal.
inline constexpr int kLeaveSignal = SIGUSR1;
inline constexpr int kReleaseSignal = SIGUSR2;

class CallFollower {
 public:
  CallFollower(std::int32_t pid, const TraceOptions& options, CallTracer::Record& record);

  // Until the process has ended or the test says to leave it. False: it could not be traced.
  bool run();

 private:
  struct Thread {
    bool fresh = true;        // has not stopped for us yet
    bool held = false;        // by an order, at the entry of a call
    std::uint32_t index = 0;  // of the call it is in; 0: not counted
    CallOrder order{};        // for that call
    std::uint64_t third_argument = 0;
  };

  bool seize_all();
  void collect();
  void on_stop(std::int32_t tid, int status);
  void on_call(std::int32_t tid);
  void enter(std::int32_t tid, const __ptrace_syscall_info& info);
  void leave(std::int32_t tid, const __ptrace_syscall_info& info);
  bool is_mark(const __ptrace_syscall_info& info);
  void obey(std::int32_t tid, const SystemCall& call);
  void go_on(std::int32_t tid, int signal);
  void note_attached();
  void release_held();
  void leave_all();

  std::int32_t pid_;
  const TraceOptions& options_;
  CallTracer::Record& record_;
  std::map<std::int32_t, Thread> threads_;
  bool counting_;
  bool leaving_ = false;
};

}  // namespace tarn::test
