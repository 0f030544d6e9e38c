#include "tests/support/call_follower.hpp"

#include <dirent.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/traced_registers.hpp"

namespace tarn::test {

namespace {

constexpr int kCallStop = SIGTRAP | 0x80;  // with PTRACE_O_TRACESYSGOOD

std::vector<std::int32_t> threads_of(std::int32_t pid) {
  std::vector<std::int32_t> tids;
  const std::string path = "/proc/" + std::to_string(pid) + "/task";
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), &::closedir);
  if (!directory) return tids;
  while (const dirent* entry = ::readdir(directory.get())) {
    if (entry->d_name[0] != '.') tids.push_back(std::atoi(entry->d_name));
  }
  return tids;
}

bool is_group_stop(int signal) {
  return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

// The rule of this test asks for what this machine cannot do; it would pass without having tested.
void must_succeed(bool done) {
  if (!done) throw std::runtime_error("the tracer cannot change a call");
}

}  // namespace

CallFollower::CallFollower(std::int32_t pid, const TraceOptions& options,
                           CallTracer::Record& record)
    : pid_(pid), options_(options), record_(record), counting_(!options.between_marks) {}

bool CallFollower::run() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGCHLD, kLeaveSignal, kReleaseSignal}) ::sigaddset(&signals, signal);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  if (!seize_all()) return false;
  while (!threads_.empty()) {
    const int signal = ::sigwaitinfo(&signals, nullptr);
    if (signal == kLeaveSignal) leave_all();
    if (signal == kReleaseSignal) release_held();
    collect();
  }
  return true;
}

// Threads may be made meanwhile; once nobody is new, all are traced and so is whom they make.
bool CallFollower::seize_all() {
  for (std::size_t before = SIZE_MAX; before != threads_.size();) {
    before = threads_.size();
    for (const std::int32_t tid : threads_of(pid_)) {
      if (threads_.count(tid) != 0) continue;
      constexpr std::uintptr_t kWanted = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE;
      if (::ptrace(PTRACE_SEIZE, tid, nullptr, kWanted) != 0) {
        if (errno == ESRCH) continue;  // it has ended meanwhile
        // One that a traced thread has just made is traced already.
        if (errno == EPERM && !threads_.empty()) {
          threads_[tid] = {};
          continue;
        }
        record_.attached.store(-errno, std::memory_order_release);
        return false;
      }
      threads_[tid] = {};
      ::ptrace(PTRACE_INTERRUPT, tid, nullptr, nullptr);
    }
  }
  if (threads_.empty()) record_.attached.store(-ESRCH, std::memory_order_release);
  return !threads_.empty();
}

void CallFollower::collect() {
  for (;;) {
    int status = 0;
    const std::int32_t tid = ::waitpid(-1, &status, WNOHANG | __WALL);
    if (tid <= 0) return;
    if (WIFSTOPPED(status)) {
      on_stop(tid, status);
    } else {
      threads_.erase(tid);
    }
    note_attached();
  }
}

void CallFollower::note_attached() {
  if (record_.attached.load(std::memory_order_relaxed) != 0) return;
  const bool all = std::none_of(threads_.begin(), threads_.end(),
                                [](const auto& entry) { return entry.second.fresh; });
  const std::int32_t said = threads_.empty() ? -ESRCH : CallTracer::Record::kAttached;
  if (all) record_.attached.store(said, std::memory_order_release);
}

void CallFollower::on_stop(std::int32_t tid, int status) {
  threads_[tid].fresh = false;  // one that was just made becomes known by its first stop
  const int signal = WSTOPSIG(status);
  const int event = status >> 16;
  if (signal == kCallStop) return on_call(tid);
  if (event == PTRACE_EVENT_STOP && is_group_stop(signal) && !leaving_) {
    ::ptrace(PTRACE_LISTEN, tid, nullptr, nullptr);
    return;
  }
  go_on(tid, event == 0 ? signal : 0);
}

void CallFollower::on_call(std::int32_t tid) {
  __ptrace_syscall_info info{};
  if (::ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, &info) < 0) return;  // killed meanwhile
  if (info.op == PTRACE_SYSCALL_INFO_ENTRY) enter(tid, info);
  if (info.op == PTRACE_SYSCALL_INFO_EXIT) leave(tid, info);
  if (!threads_[tid].held) go_on(tid, 0);
}

bool CallFollower::is_mark(const __ptrace_syscall_info& info) {
  if (info.entry.nr != SYS_prctl || info.entry.args[0] != kMarkOption) return false;
  if (options_.between_marks) counting_ = info.entry.args[1] != 0;
  return true;
}

void CallFollower::enter(std::int32_t tid, const __ptrace_syscall_info& info) {
  Thread& thread = threads_[tid];
  thread.index = 0;
  thread.order = {};
  if (is_mark(info) || !counting_ || leaving_) return;
  // relaxed: only this process writes it.
  thread.index = record_.count.load(std::memory_order_relaxed) + 1;
  SystemCall call{.index = thread.index, .thread = tid, .number = info.entry.nr};
  std::copy_n(info.entry.args, call.arguments.size(), call.arguments.begin());
  thread.third_argument = call.arguments[2];
  if (thread.index <= CallTracer::kMostRecorded) record_.calls[thread.index - 1] = call;
  record_.count.store(thread.index, std::memory_order_release);
  if (!options_.rule) return;
  thread.order = options_.rule(call);
  if (thread.order.deed == CallOrder::Deed::Pass) return;
  if (record_.obeyed.load(std::memory_order_relaxed) == 0) {
    record_.obeyed_call = call;
    record_.obeyed.store(1, std::memory_order_release);
  }
  obey(tid, call);
}

void CallFollower::obey(std::int32_t tid, const SystemCall& call) {
  Thread& thread = threads_[tid];
  switch (thread.order.deed) {
    case CallOrder::Deed::KillAtEntry:
      ::kill(pid_, SIGKILL);
      break;
    case CallOrder::Deed::Fail:
      must_succeed(suppress_call(tid));
      break;
    case CallOrder::Deed::Shorten:
      must_succeed(set_third_argument(tid, std::min(call.arguments[2], thread.order.bytes)));
      break;
    case CallOrder::Deed::HoldAtEntry:
      thread.held = true;
      break;
    case CallOrder::Deed::Pass:
    case CallOrder::Deed::KillAtExit:
      break;
  }
}

void CallFollower::leave(std::int32_t tid, const __ptrace_syscall_info& info) {
  Thread& thread = threads_[tid];
  std::int64_t result = info.exit.rval;
  switch (thread.order.deed) {
    case CallOrder::Deed::KillAtExit:
      ::kill(pid_, SIGKILL);
      break;
    case CallOrder::Deed::Fail:
      result = -thread.order.error;
      must_succeed(set_result(tid, result));
      break;
    case CallOrder::Deed::Shorten:
      must_succeed(set_third_argument(tid, thread.third_argument));
      break;
    default:
      break;
  }
  if (thread.index != 0 && thread.index <= CallTracer::kMostRecorded) {
    SystemCall& call = record_.calls[thread.index - 1];
    call.result = result;
    call.returned = true;
  }
  thread.order = {};
  thread.index = 0;
}

void CallFollower::go_on(std::int32_t tid, int signal) {
  // In the middle of a call that was changed the exit has to come first; it does at once.
  const bool may_leave = leaving_ && threads_[tid].order.deed == CallOrder::Deed::Pass;
  ::ptrace(may_leave ? PTRACE_DETACH : PTRACE_SYSCALL, tid, nullptr, signal);
  if (may_leave) threads_.erase(tid);
}

void CallFollower::release_held() {
  for (auto& [tid, thread] : threads_) {
    if (!std::exchange(thread.held, false)) continue;
    thread.order = {};
    ::ptrace(PTRACE_SYSCALL, tid, nullptr, nullptr);
  }
}

void CallFollower::leave_all() {
  release_held();
  leaving_ = true;
  for (const auto& [tid, thread] : threads_) ::ptrace(PTRACE_INTERRUPT, tid, nullptr, nullptr);
}

}  // namespace tarn::test
