#include "platform/thread.hpp"

#include <pthread.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"

using namespace tarn;
using namespace tarn::test;

namespace {

struct Seen {
  std::string name;
  bool signals_blocked = false;
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

TEST_CASE("a thread is joined once, wherever it was moved to", "[thread]") {
  Seen seen;
  auto first = must(platform::Thread::start("tarn-test", look_around, &seen));
  platform::Thread second = std::move(first);
  first.join();
  second.join();
  second.join();
  CHECK(seen.runs == 1);
}
