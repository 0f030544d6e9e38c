#include "platform/futex.hpp"

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "platform/file_mapping.hpp"
#include "platform/shared_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/must.hpp"
#include "tests/support/signal_storm.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/watchdog.hpp"

namespace tarn::platform {
namespace {

using namespace std::chrono_literals;
using namespace tarn::test;

// A word in a file, as processes of one domain share it.
class SharedWord {
 public:
  SharedWord() : path_(directory_.file("word")), file_(must(create_file(path_, 0600))) {
    must(allocate(file_, page_bytes(), path_));
    writable_ = must(FileMapping::map_writable(file_, page_bytes(), "word"));
  }

  std::uint32_t* writable() const {
    return reinterpret_cast<std::uint32_t*>(writable_.writable_data());
  }
  void set(std::uint32_t value) const { __atomic_store_n(writable(), value, __ATOMIC_SEQ_CST); }
  // A mapping of one's own; children need one, since they do not inherit ours.
  FileMapping map_read_only() const {
    return must(FileMapping::map_read_only(file_, page_bytes(), "word"));
  }

 private:
  TemporaryDirectory directory_;
  std::string path_;
  FileDescriptor file_;
  FileMapping writable_;
};

const std::uint32_t* word_in(const FileMapping& mapping) {
  return reinterpret_cast<const std::uint32_t*>(mapping.data());
}

// Waking somebody proves that he slept.
bool wake_one_sleeper(const std::uint32_t* word) {
  return wait_until([&] { return futex_wake(word, 1) == 1; });
}

TEST_CASE("a futex does not sleep on a word that has changed", "[platform][futex]") {
  const std::uint32_t word = 5;
  REQUIRE(futex_wait(&word, 4, kForever) == FutexWait::ValueChanged);
  REQUIRE(futex_wait(&word, 4, deadline_after(1h)) == FutexWait::ValueChanged);
}

TEST_CASE("a futex wait ends at its deadline and not before", "[platform][futex]") {
  const std::uint32_t word = 5;
  const auto deadline = deadline_after(20ms);
  REQUIRE(futex_wait(&word, 5, deadline) == FutexWait::TimedOut);
  REQUIRE(monotonic_now() >= deadline);
  SECTION("and at once when the deadline is past") {
    REQUIRE(futex_wait(&word, 5, deadline) == FutexWait::TimedOut);
    REQUIRE(futex_wait(&word, 5, MonotonicTime::min()) == FutexWait::TimedOut);
    REQUIRE(futex_wait(&word, 5, MonotonicTime{}) == FutexWait::TimedOut);
  }
}

TEST_CASE("signals do not shorten a futex wait", "[platform][futex]") {
  const std::uint32_t word = 5;
  const SignalStorm storm;
  REQUIRE(storm.shakes([&] {
    const auto deadline = deadline_after(5ms);
    REQUIRE(futex_wait(&word, 5, deadline) == FutexWait::TimedOut);
    REQUIRE(monotonic_now() >= deadline);
  }));
}

TEST_CASE("a futex wait that asks for it returns when a signal comes", "[platform][futex]") {
  const std::uint32_t word = 5;
  const SignalStorm storm;
  // The first signal may fall before the wait; the storm sends more.
  REQUIRE(futex_wait(&word, 5, deadline_after(kWatchdog), OnSignal::Return) ==
          FutexWait::Interrupted);
  REQUIRE(futex_wait(&word, 5, kForever, OnSignal::Return) == FutexWait::Interrupted);
}

TEST_CASE("waking nobody wakes nobody", "[platform][futex]") {
  const std::uint32_t word = 0;
  REQUIRE(futex_wake(&word, 1) == 0);
  REQUIRE(futex_wake(&word, kWakeAll) == 0);
}

TEST_CASE("a futex wakes another process through read-only mappings of both", "[platform][futex]") {
  const SharedWord shared;
  const int which = GENERATE(0, 1, 2);
  const auto mine = shared.map_read_only();
  auto child = ChildProcess::start([&](Parent& parent) {
    const auto mapping = shared.map_read_only();
    // No deadline, one within reach, and one that no 32-bit clock can tell.
    const MonotonicTime until = which == 0   ? kForever
                                : which == 1 ? deadline_after(kWatchdog)
                                             : deadline_after(std::chrono::hours(24 * 365 * 100));
    while (futex_wait(word_in(mapping), 0, until) == FutexWait::Woken &&
           __atomic_load_n(word_in(mapping), __ATOMIC_SEQ_CST) == 0) {
    }
    parent.check(__atomic_load_n(word_in(mapping), __ATOMIC_SEQ_CST) == 7, "the word has changed");
  });
  REQUIRE(wake_one_sleeper(word_in(mine)));  // with the word unchanged: the child sleeps again
  REQUIRE(wake_one_sleeper(word_in(mine)));
  shared.set(7);
  static_cast<void>(futex_wake(word_in(mine), 1));
  REQUIRE(child.join() == kCleanExit);
}

TEST_CASE("one wake reaches as many processes as it says", "[platform][futex]") {
  const SharedWord shared;
  constexpr int kSleepers = 3;
  std::vector<ChildProcess> children;
  children.reserve(kSleepers);
  for (int index = 0; index < kSleepers; ++index) {
    children.push_back(ChildProcess::start([&](Parent& parent) {
      const auto mapping = shared.map_read_only();
      parent.report("ready");
      while (futex_wait(word_in(mapping), 0, kForever) != FutexWait::ValueChanged) {
      }
    }));
  }
  for (auto& child : children) REQUIRE(child.next_report() == "ready");
  // A woken child finds the word unchanged and sleeps again, so in the end all three are asleep.
  REQUIRE(wait_until([&] { return futex_wake(shared.writable(), kWakeAll) == kSleepers; }));
  REQUIRE(wait_until([&] { return futex_wake(shared.writable(), 2) == 2; }));
  shared.set(1);
  static_cast<void>(futex_wake(shared.writable(), kWakeAll));
  for (auto& child : children) REQUIRE(child.join() == kCleanExit);
}

TEST_CASE("no wake is lost among signals", "[platform][futex]") {
  const SharedWord shared;
  constexpr std::uint32_t kRounds = 200;
  std::atomic<std::uint32_t> seen{0};
  std::thread waker([&] {
    for (std::uint32_t round = 1; round <= kRounds; ++round) {
      shared.set(round);
      static_cast<void>(futex_wake(shared.writable(), 1));
      while (seen.load() != round) std::this_thread::yield();
    }
  });
  {
    const SignalStorm storm;
    for (std::uint32_t round = 0; round < kRounds; ++round) {
      // Without a deadline: a lost wake would be a hang.
      while (__atomic_load_n(shared.writable(), __ATOMIC_SEQ_CST) == round) {
        static_cast<void>(futex_wait(shared.writable(), round, kForever));
      }
      seen.store(round + 1);
    }
  }
  waker.join();
  REQUIRE(seen.load() == kRounds);
}

}  // namespace
}  // namespace tarn::platform
