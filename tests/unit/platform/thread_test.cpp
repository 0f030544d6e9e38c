#include "platform/thread.hpp"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/support/skip.hpp"

using namespace tarn;
using namespace tarn::test;

namespace {

struct Seen {
  std::string name;
  bool signals_blocked = false;
  int policy = -1;
  std::atomic<int> runs = 0;
};

void look_around(void* context) {
  Seen& seen = *static_cast<Seen*>(context);
  std::array<char, 16> name{};
  pthread_getname_np(pthread_self(), name.data(), name.size());
  seen.name = name.data();
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  seen.signals_blocked = sigismember(&mask, SIGINT) == 1 && sigismember(&mask, SIGUSR1) == 1;
  sched_param parameters{};
  pthread_getschedparam(pthread_self(), &seen.policy, &parameters);
  ++seen.runs;
}

}  // namespace

TEST_CASE("a thread has its name, blocks signals and leaves its maker's mask alone", "[thread]") {
  sigset_t before;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  Seen seen;
  auto thread = must(platform::Thread::start("tarn-test", look_around, &seen));
  thread.join();
  CHECK(seen.name == "tarn-test");
  CHECK(seen.signals_blocked);
  CHECK(seen.runs == 1);
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  CHECK(sigismember(&after, SIGINT) == sigismember(&before, SIGINT));
}

TEST_CASE("a thread of a real-time thread is none itself", "[thread]") {
  sched_param parameters{};
  parameters.sched_priority = 1;
  if (pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters) != 0) {
    return skip("this user may not have real-time threads");
  }
  Seen seen;
  auto thread = must(platform::Thread::start("tarn-test", look_around, &seen));
  thread.join();
  parameters.sched_priority = 0;
  REQUIRE(pthread_setschedparam(pthread_self(), SCHED_OTHER, &parameters) == 0);
  CHECK(seen.policy == SCHED_OTHER);
}

TEST_CASE("a thread is joined once, wherever it was moved to", "[thread]") {
  Seen seen;
  auto first = must(platform::Thread::start("tarn-test", look_around, &seen));
  platform::Thread second = std::move(first);
  first.join();
  second.join();
  second.join();
  CHECK(seen.runs == 1);
}
