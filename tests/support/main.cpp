// The main of every test program. Prints the seed, counts skips, and fails the run when a test case
// leaves an fd, a child or a temporary directory behind, or when somebody in its domain was woken by the
// safety time-out instead of a bell. Exit code 0: all passed; 1: something
// failed; 77: every case that ran was skipped.

// v2 compiles its runner where this is defined; v3 has it in a library.
#define CATCH_CONFIG_RUNNER
#include "tests/support/catch.hpp"

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <random>
#include <string>
#include <system_error>

#include "tests/support/leak_check.hpp"
#include "tests/support/safety_wakeups.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/skip.hpp"

namespace tarn::test {

namespace {

struct Tally {
  std::uint32_t seed = 0;
  int cases = 0;
  int skipped = 0;
  int leaking = 0;
  int unheard = 0;
  std::uint64_t safety_wakeups = 0;  // of the current case
  bool current_is_skipped = false;
  std::string current_name;
};

// Catch2 makes the listener and keeps it; this is how main and skip() get at what it has counted.
Tally& tally() {
  static Tally instance;
  return instance;
}

#if __has_include(<catch2/catch_all.hpp>)
using ListenerBase = Catch::EventListenerBase;
#else
using ListenerBase = Catch::TestEventListenerBase;
#endif

class Listener : public ListenerBase {
 public:
  using ListenerBase::ListenerBase;

  void testRunStarting(const Catch::TestRunInfo& info) override {
    ListenerBase::testRunStarting(info);
    tally().seed = m_config->rngSeed();
    std::fprintf(stderr, "seed %u (repeat with --rng-seed %u)\n", seed(), seed());
  }

  void testCaseStarting(const Catch::TestCaseInfo& info) override {
    ListenerBase::testCaseStarting(info);
    tally().current_name = info.name;
    tally().current_is_skipped = false;
    before_ = open_descriptors();
  }

  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    ++tally().cases;
    if (tally().current_is_skipped) ++tally().skipped;
    if (tally().safety_wakeups != 0) {
      std::fprintf(stderr, "LOST WAKE-UP: in \"%s\" %llu waits were ended by the safety time-out\n",
                   tally().current_name.c_str(),
                   static_cast<unsigned long long>(tally().safety_wakeups));
      ++tally().unheard;
      tally().safety_wakeups = 0;
    }
    const auto leaks = leaks_since(before_);
    for (const auto& leak : leaks) {
      std::fprintf(stderr, "LEAK: \"%s\" leaves behind %s\n", tally().current_name.c_str(),
                   leak.c_str());
    }
    if (!leaks.empty()) ++tally().leaking;
    ListenerBase::testCaseEnded(stats);
  }

 private:
  OpenDescriptors before_;
};

CATCH_REGISTER_LISTENER(Listener)

int exit_code(int failures) {
  const Tally& result = tally();
  if (result.skipped > 0) {
    std::fprintf(stderr, "%d of %d test cases skipped\n", result.skipped, result.cases);
  }
  if (result.leaking > 0) std::fprintf(stderr, "%d test cases leak\n", result.leaking);
  if (result.unheard > 0) {
    std::fprintf(stderr, "%d test cases lost a wake-up\n", result.unheard);
  }
  if (failures != 0 || result.leaking > 0 || result.unheard > 0) return 1;
  constexpr int kSkipped = 77;
  return result.skipped > 0 && result.skipped == result.cases ? kSkipped : 0;
}

}  // namespace

void skip(std::string_view reason) {
  tally().current_is_skipped = true;
  std::fprintf(stderr, "SKIPPED: \"%s\": %.*s\n", tally().current_name.c_str(),
               static_cast<int>(reason.size()), reason.data());
}

void note_safety_wakeups(std::uint64_t count) { tally().safety_wakeups += count; }

bool is_root() { return ::geteuid() == 0; }

bool is_emulated() {
  // qemu answers /proc/self/exe with the program's own path, but passes this name on to the kernel.
  std::error_code ignored;
  const auto program = std::filesystem::read_symlink("/proc/thread-self/exe", ignored);
  return program.filename().string().starts_with("qemu-");
}

std::uint32_t seed() { return tally().seed; }

}  // namespace tarn::test

int main(int argc, char** argv) {
  Catch::Session session;
  session.configData().rngSeed = std::random_device{}();
  const int failures = session.run(argc, argv);
  return tarn::test::exit_code(failures);
}
