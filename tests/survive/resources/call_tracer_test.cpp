// The tracer that other tests of this room stand on: it sees every call between the marks, of every thread,
// and what it is ordered to do to one call is done to that one alone.
#include "tests/support/call_tracer.hpp"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/process/shared_word.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/skip.hpp"

namespace tarn::test {

namespace {

// Three calls that have nothing in common.
void make_three_calls() {
  (void)::syscall(SYS_getppid);
  (void)::syscall(SYS_dup, 1000L, 0L, 0L, 0L, 0L, 0L);
  (void)::syscall(SYS_gettid);
}

const std::vector<std::uint64_t> kThree{SYS_getppid, SYS_dup, SYS_gettid};

std::vector<std::uint64_t> numbers(const std::vector<SystemCall>& calls) {
  std::vector<std::uint64_t> found;
  for (const SystemCall& call : calls) found.push_back(call.number);
  return found;
}

TraceOptions marked(CallRule rule = {}) { return {.rule = std::move(rule), .between_marks = true}; }

}  // namespace

TEST_CASE("the tracer lists the calls between two marks, with their results", "[survive]") {
  if (const char* why = why_no_tracing()) return skip(why);
  auto traced = start_traced(
      [](Parent&) {
        (void)::syscall(SYS_getuid);
        mark_begin();
        make_three_calls();
        mark_end();
        (void)::syscall(SYS_getuid);
      },
      marked());
  CHECK(traced.child.join() == kCleanExit);
  traced.tracer.detach();
  const auto calls = traced.tracer.calls();
  REQUIRE(numbers(calls) == kThree);
  CHECK(calls[0].result == ::getpid());
  CHECK(calls[1].result == -EBADF);
  CHECK(calls[2].result == calls[2].thread);
  CHECK_FALSE(traced.tracer.was_obeyed());
  std::ostringstream text;
  text << calls[1];
  CHECK(text.str() == "call 2: dup(0x3e8, 0x0, 0x0, 0x0, 0x0, 0x0) = -9");
}

TEST_CASE("the tracer sees the calls of threads, those there are and those to come", "[survive]") {
  if (const char* why = why_no_tracing()) return skip(why);
  auto child = ChildProcess::start([](Parent& parent) {
    std::thread early([&] {
      parent.wait_for_go();
      (void)::syscall(SYS_getppid);
    });
    parent.report("two threads");
    early.join();
    std::thread([] { (void)::syscall(SYS_getuid); }).join();
  });
  REQUIRE(child.next_report() == "two threads");
  CallTracer tracer(child.pid(), {});
  child.go();
  CHECK(child.join() == kCleanExit);
  tracer.detach();
  const auto calls = tracer.calls();
  for (const auto number : std::array<std::uint64_t, 2>{SYS_getppid, SYS_getuid}) {
    const auto found = std::find_if(calls.begin(), calls.end(),
                                    [&](const SystemCall& call) { return call.number == number; });
    REQUIRE(found != calls.end());
    CHECK(found->thread != child.pid());
  }
}

TEST_CASE("a call can be where the process is killed, before or after it is made", "[survive]") {
  if (const char* why = why_no_tracing()) return skip(why);
  SharedWord reached;
  const auto die_at = [&](std::uint32_t index, CallOrder order) {
    reached.store(0);
    auto traced = start_traced(
        [&](Parent&) {
          mark_begin();
          (void)::syscall(SYS_getppid);
          reached.store(1);
          (void)::kill(::getpid(), 0);
          reached.store(2);
          mark_end();
        },
        marked(at_call(index, order)));
    const ChildEnd end = traced.child.join();
    traced.tracer.detach();
    CHECK(traced.tracer.was_obeyed());
    CHECK(traced.tracer.obeyed_call().index == index);
    CHECK(traced.tracer.calls().back().returned == (order.deed == CallOrder::Deed::KillAtExit));
    return end;
  };
  CHECK(die_at(1, kill_at_entry()) == killed_by(SIGKILL));
  CHECK(reached.load() == 0);
  CHECK(die_at(2, kill_at_entry()) == killed_by(SIGKILL));
  CHECK(reached.load() == 1);
  CHECK(die_at(2, kill_at_exit()) == killed_by(SIGKILL));
  CHECK(reached.load() == 1);
}

TEST_CASE("one call fails with the error that was ordered, and is not made", "[survive]") {
  if (const char* why = why_no_tracing()) return skip(why);
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const auto body = [&](Parent& parent) {
    const char letter = 'x';
    mark_begin();
    const auto first = ::write(ends[1], &letter, 1);
    const int error = errno;
    const auto second = ::write(ends[1], &letter, 1);
    mark_end();
    parent.check(first == -1 && error == ENOMEM, "the first call fails");
    parent.check(second == 1, "the second one does not");
  };
  auto traced = start_traced(body, marked(at_call(1, fail_with(ENOMEM))));
  CHECK(traced.child.join() == kCleanExit);
  traced.tracer.detach();
  CHECK(traced.tracer.obeyed_call().number == SYS_write);
  CHECK(traced.tracer.calls()[0].result == -ENOMEM);
  std::array<char, 8> received{};
  CHECK(::read(ends[0], received.data(), received.size()) == 1);
  for (const int end : ends) ::close(end);
}

TEST_CASE("one call is shortened, and the program keeps its registers", "[survive]") {
  if (const char* why = why_no_tracing()) return skip(why);
  auto traced = start_traced(
      [](Parent& parent) {
        const std::array<char, 16> text{};
        std::array<int, 2> ends{};
        parent.check(::pipe(ends.data()) == 0, "there is a pipe");
        mark_begin();
        const auto first = ::write(ends[1], text.data(), text.size());
        const auto second = ::write(ends[1], text.data(), text.size());
        mark_end();
        parent.check(first == 3, "the first write is a short one");
        parent.check(second == 16, "the second one is not");
      },
      marked(at_call(1, shorten_to(3))));
  CHECK(traced.child.join() == kCleanExit);
  traced.tracer.detach();
}

TEST_CASE("a thread held at a call goes on when it is released", "[survive]") {
  if (const char* why = why_no_tracing()) return skip(why);
  SharedWord reached;
  auto traced = start_traced(
      [&](Parent&) {
        mark_begin();
        reached.store(1);
        (void)::syscall(SYS_getppid);
        reached.store(2);
        mark_end();
      },
      marked(at_call(1, hold_at_entry())));
  REQUIRE(wait_until([&] { return traced.tracer.was_obeyed(); }));
  CHECK(reached.load() == 1);
  traced.tracer.release();
  CHECK(traced.child.join() == kCleanExit);
  CHECK(reached.load() == 2);
}

TEST_CASE("a process that the tracer leaves goes on, untraced", "[survive]") {
  if (const char* why = why_no_tracing()) return skip(why);
  SharedWord rounds;
  auto child = ChildProcess::start([&](Parent& parent) {
    std::thread other([&] {
      for (;;) (void)::syscall(SYS_getppid);
    });
    for (std::uint64_t round = 1;; ++round) {
      parent.wait_for_go();
      rounds.store(round);
    }
  });
  CallTracer tracer(child.pid(), {});
  child.go();
  REQUIRE(wait_until([&] { return rounds.load() == 1; }));
  tracer.detach();
  const std::uint32_t counted = tracer.count();
  CHECK(counted > 0);
  child.go();
  CHECK(wait_until([&] { return rounds.load() == 2; }));
  CHECK(tracer.count() == counted);
  child.kill(SIGKILL);
  CHECK(child.join() == killed_by(SIGKILL));
}

}  // namespace tarn::test
