// While nobody sleeps, the data path makes no system call: strace watches this program run the steps
// of the data path and its record is read.
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/process/data_path.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/temporary_directory.hpp"

namespace tarn::test {

namespace {

constexpr const char* kDirectoryVariable = "TARN_TEST_TRACED_DOMAIN";
constexpr const char* kTracedCase = "the data path as strace watches it";
constexpr int kRepetitions = 1000;
constexpr std::string_view kSleepingStep = "sleep";

// A system call that does nothing and is found in the record.
void mark(const std::string& text) {
  if (::write(-1, text.data(), text.size()) >= 0) std::abort();
}

template <typename Run>
void run_marked(std::string_view name, int repetitions, Run run) {
  mark("begin " + std::string(name));
  for (int i = 0; i < repetitions; ++i) run();
  mark("end");
}

// Becomes strace, which runs this program's traced case.
[[noreturn]] void trace_this_program(const std::string& domain, const std::string& record) {
  ::setenv(kDirectoryVariable, domain.c_str(), 1);
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  ::execlp("strace", "strace", "-f", "-o", record.c_str(), program.c_str(), kTracedCase, nullptr);
  ::_exit(127);
}

bool can_trace() {
  auto probe = ChildProcess::start([](Parent&) {
    ::execlp("strace", "strace", "-o", "/dev/null", "true", nullptr);
    ::_exit(127);
  });
  return probe.join() == kCleanExit;
}

// How many lines the record has between the marks of each step.
std::map<std::string, int> calls_by_step(const std::string& record) {
  std::map<std::string, int> calls;
  std::ifstream lines(record);
  std::string step;
  for (std::string line; std::getline(lines, line);) {
    constexpr std::string_view kBegin = "write(-1, \"begin ";
    if (const auto begin = line.find(kBegin); begin != std::string::npos) {
      const auto first = begin + kBegin.size();
      step = line.substr(first, line.find('"', first) - first);
      calls[step] = 0;
    } else if (line.find("write(-1, \"end\"") != std::string::npos) {
      step.clear();
    } else if (!step.empty()) {
      UNSCOPED_INFO(step << ": " << line);
      ++calls[step];
    }
  }
  return calls;
}

}  // namespace

// Run by the case below, under strace; hidden from others.
TEST_CASE("the data path as strace watches it", "[.][traced]") {
  const char* const directory = std::getenv(kDirectoryVariable);
  if (directory == nullptr) return skip("runs under strace only");
  DataPath path({.name = "traced", .runtime_directory = directory, .timeout = kWatchdog});
  for (const DataPath::Step& step : DataPath::steps()) {
    run_marked(step.name, kRepetitions, [&] { (path.*step.run)(); });
  }
  // That the record would show a call if there were one: this one sleeps.
  run_marked(kSleepingStep, 1,
             [&] { CHECK_FALSE(path.small_subscriber().wait_take(std::chrono::milliseconds(1))); });
  CHECK(path.went_well());
}

TEST_CASE("while nobody sleeps, publishing and taking make no system call", "[process]") {
  if (!can_trace()) return skip("strace is not installed, or tracing is not permitted here");
  const TestDomain domain(
      {.topics = {listed("small", sizeof(Small), {}), listed("large", sizeof(Large), {})}});
  // Readers in another process that are awake: nothing is to be done for them.
  auto node = domain.open("reader");
  auto small = must(node.subscriber<Small>("small"));
  auto large = must(node.subscriber<Large>("large"));
  const TemporaryDirectory directory;
  const std::string record = directory.file("record");
  auto traced = ChildProcess::start([&](Parent&) { trace_this_program(domain.path(), record); });
  REQUIRE(traced.join() == kCleanExit);

  const auto calls = calls_by_step(record);
  REQUIRE(calls.size() == DataPath::steps().size() + 1);
  for (const auto& [step, count] : calls) {
    INFO(step << ": " << count << " system calls in " << kRepetitions << " repetitions");
    if (step == kSleepingStep) {
      CHECK(count > 0);
    } else {
      CHECK(count == 0);
    }
  }
  // They were served all the same.
  CHECK(small.try_take());
  CHECK(large.try_take());
}

}  // namespace tarn::test
