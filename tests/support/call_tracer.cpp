#include "tests/support/call_tracer.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <ostream>
#include <stdexcept>
#include <utility>

#include "tests/support/call_follower.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/system_call_names.hpp"
#include "tests/support/traced_registers.hpp"

namespace tarn::test {

namespace {

CallTracer::Record* make_record() {
  // Large, but only what is written is ever backed.
  void* const memory = ::mmap(nullptr, sizeof(CallTracer::Record), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("no memory for a tracer's record");
  return ::new (memory) CallTracer::Record;
}

void mark(unsigned long which) noexcept {
  const int saved_errno = errno;
  (void)::prctl(static_cast<int>(kMarkOption), which, 0UL, 0UL, 0UL);
  errno = saved_errno;
}

// The test's connections must not stay open because of us.
void close_all_but_standard() { (void)::syscall(SYS_close_range, 3U, ~0U, 0U); }

const char* find_out_why_no_tracing() {
  if (is_emulated()) return "tracing system calls: the emulator knows no ptrace";
  if (!registers_are_known())
    return "tracing system calls: this processor's registers are not known";
  try {
    auto traced = start_traced([](Parent&) { ::getppid(); }, {});
    if (traced.child.join() != kCleanExit)
      return "tracing system calls: a traced process ends badly";
    traced.tracer.detach();
    return nullptr;
  } catch (const std::runtime_error&) {
    return "tracing system calls is not permitted here (ptrace)";
  }
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const SystemCall& call) {
  out << "call " << call.index << ": ";
  if (const char* const name = system_call_name(call.number)) {
    out << name;
  } else {
    out << "system call " << call.number;
  }
  out << '(' << std::hex;
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    out << (i == 0 ? "0x" : ", 0x") << call.arguments[i];
  }
  out << std::dec << ')';
  if (call.returned) out << " = " << call.result;
  return out;
}

CallRule at_call(std::uint32_t index, CallOrder order) {
  return
      [index, order](const SystemCall& call) { return call.index == index ? order : CallOrder{}; };
}

void mark_begin() noexcept { mark(1); }
void mark_end() noexcept { mark(0); }

CallTracer::CallTracer(std::int32_t pid, TraceOptions options) : record_(make_record()) {
  try {
    process_.emplace(ChildProcess::start([&](Parent& parent) {
      close_all_but_standard();
      CallFollower follower(pid, options, *record_);
      parent.check(follower.run(), "the tracer can trace");
    }));
    const auto answered = [this] { return record_->attached.load(std::memory_order_acquire) != 0; };
    const bool is_there = wait_until(answered);
    const std::int32_t said = record_->attached.load(std::memory_order_acquire);
    if (!is_there || said != Record::kAttached) {
      throw std::runtime_error(std::string("cannot trace a process: ") + std::strerror(-said));
    }
  } catch (...) {
    process_.reset();
    ::munmap(record_, sizeof(Record));
    throw;
  }
}

CallTracer::CallTracer(CallTracer&& other) noexcept
    : record_(std::exchange(other.record_, nullptr)), process_(std::move(other.process_)) {
  other.process_.reset();
}

CallTracer::~CallTracer() {
  process_.reset();  // a tracer that is killed sets its threads free
  if (record_ != nullptr) ::munmap(record_, sizeof(Record));
}

void CallTracer::detach() {
  if (!process_) return;
  process_->kill(kLeaveSignal);
  const ChildEnd end = process_->join();
  process_.reset();
  if (end != kCleanExit) throw std::runtime_error("the tracer ended with " + describe(end));
}

void CallTracer::release() const { process_->kill(kReleaseSignal); }

std::uint32_t CallTracer::count() const { return record_->count.load(std::memory_order_acquire); }

std::vector<SystemCall> CallTracer::calls() const {
  const std::size_t recorded = std::min<std::size_t>(count(), kMostRecorded);
  return {record_->calls.begin(), record_->calls.begin() + static_cast<std::ptrdiff_t>(recorded)};
}

bool CallTracer::was_obeyed() const { return record_->obeyed.load(std::memory_order_acquire) != 0; }

SystemCall CallTracer::obeyed_call() const {
  return was_obeyed() ? record_->obeyed_call : SystemCall{};
}

TracedChild start_traced(const std::function<void(Parent&)>& body, TraceOptions options) {
  auto child = ChildProcess::start([&](Parent& parent) {
    parent.wait_for_go();
    body(parent);
  });
  CallTracer tracer(child.pid(), std::move(options));
  child.go();
  return {.child = std::move(child), .tracer = std::move(tracer)};
}

const char* why_no_tracing() {
  static const char* const reason = find_out_why_no_tracing();
  return reason;
}

}  // namespace tarn::test
