// The daemon under a service manager: what it tells of itself, when it counts as stuck, how it comes back
// although somebody else took its role meanwhile, and what the unit allows it.
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <regex>
#include <string>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/process/command_line.hpp"
#include "tests/process/host_domain.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/skip.hpp"
#include "tests/survive/broker/listening_manager.hpp"

namespace tarn::test {

namespace {

using namespace std::chrono_literals;

constexpr const char* kSign = "WATCHDOG=1";
constexpr auto kLimit = 200ms;  // without a sign of life, as the manager says

ProgramRun::Environment managed_by(const ListeningManager& manager) {
  return {{"NOTIFY_SOCKET", manager.path()}, {"WATCHDOG_USEC", std::to_string(kLimit / 1us)}};
}

// A thread of another process that stands still while this object lives; its process goes on.
class HeldThread {
 public:
  explicit HeldThread(pid_t thread) : thread_(thread) {
    REQUIRE(::ptrace(PTRACE_SEIZE, thread_, nullptr, nullptr) == 0);
    REQUIRE(::ptrace(PTRACE_INTERRUPT, thread_, nullptr, nullptr) == 0);
    int status = 0;
    REQUIRE(::waitpid(thread_, &status, __WALL) == thread_);
    REQUIRE(WIFSTOPPED(status));
  }
  ~HeldThread() { ::ptrace(PTRACE_DETACH, thread_, nullptr, nullptr); }
  HeldThread(const HeldThread&) = delete;
  HeldThread& operator=(const HeldThread&) = delete;

 private:
  pid_t thread_;
};

// A command's output, and its exit code.
struct Said {
  std::string text;
  ChildEnd end;
};
Said run(const std::vector<std::string>& command) {
  ProgramRun program(command, {{"LC_ALL", "C"}, {"SYSTEMD_PAGER", ""}});
  const ChildEnd end = program.join();
  return {.text = program.output() + program.errors(), .end = end};
}

// Where it stays, since a program's run cannot be moved.
std::unique_ptr<ProgramRun> start_waiting(const Place& place) {
  return std::unique_ptr<ProgramRun>(new ProgramRun(place.tarn({"broker", "--wait"})));
}

bool has_systemd_analyze() { return std::system("command -v systemd-analyze >/dev/null") == 0; }

}  // namespace

TEST_CASE("a daemon tells its manager when it is ready, reads its file again, and stops",
          "[survive][service]") {
  const Place place;
  ListeningManager manager;
  const std::string file = place.write("tarn.yaml", "version: 1\n");
  ProgramRun daemon = place.tarn({"broker", "-c", file}, managed_by(manager));
  CHECK(manager.next("READY=1") == "READY=1");
  CHECK(Node::open({.name = "early", .runtime_directory = place.domain_path()}));
  SECTION("a file that holds") {
    (void)place.write("tarn.yaml", "version: 1\nlog: {level: debug}\n");
  }
  SECTION("one that does not") { (void)place.write("tarn.yaml", "version: 2\n"); }
  daemon.kill(SIGHUP);
  CHECK(std::regex_match(manager.next("RELOADING=1"),
                         std::regex("RELOADING=1\nMONOTONIC_USEC=[0-9]+")));
  CHECK(manager.next("READY=1") == "READY=1");
  daemon.kill(SIGTERM);
  CHECK(daemon.join() == kCleanExit);
  CHECK(manager.states() == std::vector<std::string>{"STOPPING=1"});
}

TEST_CASE("a daemon that nobody is to hear from says nothing", "[survive][service]") {
  const Place place;
  ListeningManager manager;
  ProgramRun daemon = place.tarn(
      {"broker"},
      {{"NOTIFY_SOCKET", manager.path()}, {"WATCHDOG_USEC", "1000"}, {"WATCHDOG_PID", "1"}});
  CHECK(manager.next("READY=1") == "READY=1");
  CHECK(manager.next(kSign, 50ms).empty());
}

TEST_CASE("a daemon whose loop stands still gives no sign of life", "[survive][service]") {
  if (is_emulated()) return skip("one process traces another, which the emulator cannot");
  const Place place;
  ListeningManager manager;
  ProgramRun daemon = place.tarn({"broker"}, managed_by(manager));
  REQUIRE(daemon.says(kReady));
  for (int i = 0; i < 3; ++i) CHECK(manager.next(kSign) == kSign);
  {
    // The signals' thread goes on: a sign from there would say nothing about the broker.
    const HeldThread loop(daemon.pid());
    (void)manager.states();
    CHECK(manager.next(kSign, 2 * kLimit).empty());
  }
  CHECK(manager.next(kSign) == kSign);
  const Node node = place.open("after");
  // What a manager does that has missed them.
  const rlimit no_core{};
  REQUIRE(::prlimit(daemon.pid(), RLIMIT_CORE, &no_core, nullptr) == 0);
  daemon.kill(SIGABRT);
  CHECK(daemon.join() == killed_by(SIGABRT));
  ProgramRun next = place.tarn({"broker"});
  CHECK(next.says("taken over with its clients"));
}

TEST_CASE("a daemon that waits has the role as soon as another daemon leaves it",
          "[survive][service]") {
  const Place place;
  ListeningManager manager;
  ProgramRun first = place.tarn({"broker"});
  REQUIRE(first.says(kReady));
  ProgramRun second = place.tarn({"broker", "--wait"}, managed_by(manager));
  CHECK(manager.next("STATUS=") == "STATUS=waiting for the role of broker");
  // However long that takes, the manager is not to take it for a start that hangs.
  CHECK(manager.next("EXTEND_TIMEOUT_USEC=") == "EXTEND_TIMEOUT_USEC=30000000");
  CHECK(contains(second.errors(), "pid " + std::to_string(first.pid())));
  SECTION("in order, with all its files") {
    first.kill(SIGTERM);
    CHECK(first.join() == kCleanExit);
    CHECK(second.says("created"));
  }
  SECTION("killed, with its clients") {
    const Node node = place.open("survivor");
    first.kill(SIGKILL);
    CHECK(first.join() == killed_by(SIGKILL));
    CHECK(second.says("taken over with its clients"));
  }
  SECTION("or ends when it is told to") {
    second.kill(SIGTERM);
    CHECK(second.join() == kCleanExit);
    CHECK(manager.states().empty());
    return;
  }
  CHECK(second.says(kReady));
  CHECK(manager.next("STATUS=") == "STATUS=serving");
  CHECK(manager.next("READY=1") == "READY=1");
}

TEST_CASE("a node that took the role of a daemon gives it back to the next one that waits",
          "[survive][service]") {
  const Place place;
  auto daemon = start_waiting(place);
  REQUIRE(daemon->says(kReady));
  auto node = place.open("resident");
  auto publisher = must(node.publisher<Small>("topic"));
  auto subscriber = must(node.subscriber<Small>("topic"));
  std::uint64_t number = 0;
  const auto exchange = [&] {
    must(publisher.send(numbered<Small>(1, ++number)));
    const auto sample = subscriber.wait_take(kWatchdog);
    REQUIRE(sample);
    CHECK(sample->number == number);
  };
  for (int rounds = 0; rounds < 2; ++rounds) {
    daemon->kill(SIGKILL);
    REQUIRE(daemon->join() == killed_by(SIGKILL));
    // Whoever asks for something now is the broker.
    auto late = must(node.subscriber<Small>("topic"));
    CHECK(broker_threads() == 1);
    daemon = start_waiting(place);
    CHECK(daemon->says("taken over with its clients"));
    CHECK(wait_until([] { return broker_threads() == 0; }));
    exchange();
  }
  CHECK(broker_threads() == 0);
  CHECK(subscriber.counts().lost() == 0);
}

TEST_CASE("while a daemon waits for the role no node begins to fill in", "[survive][service]") {
  const Place place;
  ProgramRun first = place.tarn({"broker"});
  REQUIRE(first.says(kReady));
  auto node = place.open("resident");
  ProgramRun second = place.tarn({"broker", "--wait"});
  REQUIRE(wait_until([&] { return contains(second.errors(), "waiting for the role"); }));
  // Stopped, it still has its claim.
  second.kill(SIGSTOP);
  first.kill(SIGKILL);
  REQUIRE(first.join() == killed_by(SIGKILL));
  const auto refused = Node::open({.name = "impatient",
                                   .runtime_directory = place.domain_path(),
                                   .timeout = std::chrono::milliseconds(50)});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::NoBroker);
  CHECK(broker_threads() == 0);
  second.kill(SIGCONT);
  CHECK(must(node.publisher<Small>("topic")).send(numbered<Small>(1, 1)));
  CHECK(broker_threads() == 0);
  CHECK(contains(second.output(), "taken over with its clients"));
}

TEST_CASE("the unit is one that systemd takes, and leaves the broker little to do harm with",
          "[survive][service]") {
  if (is_emulated()) return skip("systemd-analyze is a program of the machine that emulates");
  if (!has_systemd_analyze()) return skip("systemd-analyze is not installed (package systemd)");
  const Said verified = run({"/usr/bin/env", "systemd-analyze", "verify", TARN_UNIT});
  INFO(verified.text);
  CHECK(verified.end == kCleanExit);
  CHECK_FALSE(contains(verified.text, "tarn-broker@"));  // warnings have its name and leave 0
  const Said judged = run({"/usr/bin/env", "systemd-analyze", "security", "--no-pager",
                           "--offline=true", "--threshold=20", TARN_UNIT});
  INFO(judged.text);
  CHECK(judged.end == kCleanExit);
  std::smatch exposure;
  REQUIRE(std::regex_search(judged.text, exposure,
                            std::regex("Overall exposure level for [^:]*: ([0-9.]+)")));
  CHECK(std::stod(exposure[1]) <= 2.0);
}

}  // namespace tarn::test
