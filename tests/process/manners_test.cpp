// How tarn behaves towards the program it is part of, and towards a machine on which many things happen at
// once: it takes no signals, wakes nobody for nothing, and agrees on one type however many begin together.
#include <sys/resource.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/test_domain.hpp"

namespace tarn::test {

namespace {

using namespace std::chrono_literals;

std::array<struct sigaction, 65> signal_actions() {
  std::array<struct sigaction, 65> actions{};
  for (std::size_t number = 1; number < actions.size(); ++number) {
    (void)::sigaction(static_cast<int>(number), nullptr, &actions[number]);
  }
  return actions;
}

std::size_t threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

// Of the calling thread: how often it went to sleep of its own accord.
long sleeps() {
  rusage usage{};
  REQUIRE(::getrusage(RUSAGE_THREAD, &usage) == 0);
  return usage.ru_nvcsw;
}

// Says of which type its publisher is, or why it has none, and keeps it until it is told.
template <typename M>
void stay_on(Parent& parent, Node& node) {
  const auto publisher = node.publisher<M>("topic");
  const MessageType type = message_type<M>();
  parent.report(std::string(publisher ? type.name : to_string(publisher.error().code())));
  parent.wait_for_go();
}

}  // namespace

TEST_CASE("tarn takes no signal and starts no thread of its own", "[process]") {
  const auto actions = signal_actions();
  sigset_t blocked{};
  ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  const TestDomain domain;
  const std::size_t threads_before = threads();
  auto node = domain.open("quiet");
  auto publisher = must(node.publisher<Large>("topic"));
  auto subscriber = must(node.subscriber<Large>("topic"));
  must(publisher.send(numbered<Large>(1, 1)));
  CHECK(subscriber.wait_take(kWatchdog));
  CHECK_FALSE(subscriber.wait_take(5ms));
  CHECK(threads() == threads_before);
  const auto after = signal_actions();
  for (std::size_t number = 1; number < actions.size(); ++number) {
    INFO("signal " << number);
    CHECK(after[number].sa_handler == actions[number].sa_handler);
  }
  sigset_t blocked_after{};
  ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked_after);
  CHECK(std::memcmp(&blocked, &blocked_after, sizeof(blocked)) == 0);
}

// Time on the processor is what others leave; how often a thread was put to sleep is what it asked for. A
// wait looks for its broker once a second, so one that is shorter sleeps once.
TEST_CASE("who waits sleeps once and is woken for nothing", "[process]") {
  const TestDomain domain(
      {.topics = {listed("full", sizeof(Small),
                         {.depth = 2, .overflow = directory::Overflow::Block, .timeout = 300ms})}});
  auto node = domain.open("waiting");
  auto publisher = must(node.publisher<Small>("full"));
  auto subscriber = must(node.subscriber<Small>("full"));
  constexpr long kFew = 10;  // where polling each millisecond would be 300
  SECTION("a subscriber") {
    const long before = sleeps();
    CHECK_FALSE(subscriber.wait_take(300ms));
    CHECK(sleeps() - before <= kFew);
  }
  SECTION("a publisher") {
    must(publisher.send(numbered<Small>(1, 1)));
    must(publisher.send(numbered<Small>(1, 2)));
    const long before = sleeps();
    CHECK_FALSE(publisher.send(numbered<Small>(1, 3)));
    CHECK(sleeps() - before <= kFew);
  }
}

TEST_CASE("of many that make a topic at once with two types, those of one type are let in",
          "[process]") {
  constexpr int kEach = 6;
  const TestDomain domain;  // a topic that is not listed takes 16 publishers
  std::vector<ChildProcess> children;
  for (int i = 0; i < 2 * kEach; ++i) {
    children.push_back(ChildProcess::start([&domain, i](Parent& parent) {
      auto node = need(parent, Node::open(domain.node("one of many")));
      parent.report("ready");
      parent.wait_for_go();
      if (i % 2 == 0) {
        stay_on<Small>(parent, node);
      } else {
        stay_on<Large>(parent, node);
      }
    }));
    REQUIRE(children.back().next_report() == "ready");
  }
  for (auto& child : children) child.go();
  std::map<std::string, int> winners;
  for (auto& child : children) {
    const std::string said = child.next_report();
    if (said != "TypeMismatch") ++winners[said];
  }
  CHECK(winners.size() == 1);
  CHECK(winners.begin()->second == kEach);
  for (auto& child : children) {
    child.go();
    CHECK(child.join() == kCleanExit);
  }
}

}  // namespace tarn::test
