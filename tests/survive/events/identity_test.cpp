// Who is still who: processes that are dead and not collected, that end all but one thread, that become another
// program, or whose number somebody else has by now. The broker buries the dead, all of them, and nobody else.
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include <tarn/tarn.hpp>

#include "middleware/node/control_channel.hpp"
#include "middleware/pool/pool_layout.hpp"
#include "tests/process/scripted_publisher.hpp"
#include "tests/process/shared_word.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/process_state.hpp"
#include "tests/support/skip.hpp"
#include "tests/survive/events/numbered_process.hpp"

namespace tarn::test {

namespace {

constexpr const char* kTopic = "topic";

TestDomain domain_of_two() {
  return TestDomain({.topics = {listed(kTopic, sizeof(Large), {.depth = 8, .publishers = 2})}});
}

// A publisher's process that is dead, and a reader of it that has counted to its last message.
struct Bereaved {
  Bereaved() : domain(domain_of_two()), pool(domain.path()), node(domain.open("reader")) {
    subscriber.emplace(must(node.subscriber<Large>(kTopic)));
    writer.emplace(domain, kTopic, Script{.writer = 1, .batches = {3}});
    writer->publish_batch();
  }
  void check_all_read() {
    for (std::uint64_t number = 1; number <= 3; ++number) {
      const auto sample = subscriber->try_take();
      REQUIRE(sample);
      CHECK(sample->number == number);
      CHECK(is_intact(*sample));
    }
    CHECK_FALSE(subscriber->try_take());
    CHECK(subscriber->publisher_count() == 0);
    CHECK(subscriber->counts().lost() == 0);
    CHECK(subscriber->status().peers_gone == 1);
    CHECK(wait_until([&] { return pool.usage().area_bytes == 0; }));
  }

  TestDomain domain;
  PoolObserver pool;
  Node node;
  std::optional<Subscriber<Large>> subscriber;
  std::optional<ScriptedPublisher<Large>> writer;
};

// Publishes from a second thread for as long as `stop` is 0; the first one has ended long before.
void publish_beside(const TestDomain& domain, SharedWord& published, const SharedWord& stop) {
  auto node = Node::open(domain.node("headless"));
  auto publisher = node ? node->publisher<Small>(kTopic) : Failure(node.error());
  if (!publisher) ::_exit(kCheckFailed);
  for (std::uint64_t number = 1; stop.load() == 0; ++number) {
    if (!publisher->send(numbered<Small>(1, number))) ::_exit(kCheckFailed);
    published.store(number);
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  ::_exit(0);
}

// Becomes a program that lives on and holds nothing but what it was given.
[[noreturn]] void become_sleep() {
  ::execl("/bin/sleep", "sleep", "1000", nullptr);
  ::_exit(kCheckFailed);
}

}  // namespace

TEST_CASE("a process that its parent does not collect is dead", "[survive][events]") {
  Bereaved bereaved;
  const std::int32_t pid = bereaved.writer->process().pid();
  SECTION("for the broker that saw it die") {
    bereaved.writer->process().kill(SIGKILL);
    CHECK(wait_until([&] { return bereaved.pool.usage().clients == 1; }));
  }
  SECTION("for the broker that comes later") {
    bereaved.domain.kill_broker();
    bereaved.writer->process().kill(SIGKILL);
    REQUIRE(wait_until([&] { return state_of(pid) == 'Z'; }));
    CHECK(bereaved.domain.start_broker() == broker::PoolOrigin::Adopted);
    CHECK(bereaved.pool.usage().clients == 1);
  }
  // Its locks go a little before it is dead for good.
  CHECK(wait_until([&] { return state_of(pid) == 'Z'; }));
  bereaved.check_all_read();
}

TEST_CASE("a process whose first thread has ended lives on in the others", "[survive][events]") {
  TestDomain domain;
  const PoolObserver pool(domain.path());
  auto node = domain.open("reader");
  auto subscriber = must(node.subscriber<Small>(kTopic));
  SharedWord published;
  SharedWord stop;
  auto headless = ChildProcess::start([&](Parent&) {
    std::thread([&] { publish_beside(domain, published, stop); }).detach();
    ::syscall(SYS_exit, 0);  // pthread_exit would unwind what the thread still uses
  });
  const auto goes_on = [&] {
    const std::uint64_t seen = published.load();
    return wait_until(
               [&] { return published.load() > seen + 10 && state_of(headless.pid()) == 'Z'; }) &&
           pool.usage().clients == 2;
  };
  CHECK(goes_on());
  domain.kill_broker();
  CHECK(goes_on());
  CHECK(domain.start_broker() == broker::PoolOrigin::Adopted);
  CHECK(goes_on());
  CHECK(subscriber.status().peers_gone == 0);
  stop.store(1);
  CHECK(headless.join() == kCleanExit);
  CHECK(wait_until([&] { return pool.usage().clients == 1; }));
  std::uint64_t received = 0;
  while (subscriber.try_take()) ++received;
  CHECK(received + subscriber.counts().lost() == published.load());
}

TEST_CASE("a process that becomes another program is a client no longer", "[survive][events]") {
  Bereaved bereaved;
  bereaved.writer->kill();
  REQUIRE(wait_until([&] { return bereaved.pool.usage().clients == 1; }));
  bereaved.check_all_read();
  const bool threads = GENERATE(false, true);
  INFO("while other threads wait: " << threads);
  auto changing = ChildProcess::start([&](Parent& parent) {
    auto own = need(parent, Node::open(bereaved.domain.node("changing")));
    auto publisher = need(parent, own.publisher<Large>(kTopic));
    auto subscriber = need(parent, own.subscriber<Large>("silent"));
    need(parent, publisher.send(numbered<Large>(2, 1)));
    std::thread waiting;
    if (threads) waiting = std::thread([&] { (void)subscriber.wait_take(kWatchdog); });
    parent.report("ready");
    parent.wait_for_go();
    become_sleep();
  });
  REQUIRE(changing.next_report() == "ready");
  SECTION("for the broker that it was connected to") { changing.go(); }
  SECTION("for the broker that comes later") {
    bereaved.domain.kill_broker();
    changing.go();
    const std::string comm = "/proc/" + std::to_string(changing.pid()) + "/comm";
    REQUIRE(wait_until([&] {
      std::string name;
      std::getline(std::ifstream(comm), name);
      return name == "sleep";
    }));
    CHECK(bereaved.domain.start_broker() == broker::PoolOrigin::Adopted);
  }
  CHECK(wait_until([&] { return bereaved.pool.usage().clients == 1; }));
  const char state = state_of(changing.pid());
  CHECK((state != 'Z' && state != '\0'));
  const auto sample = bereaved.subscriber->try_take();
  REQUIRE(sample);
  CHECK(is_intact(*sample));
  CHECK(bereaved.subscriber->status().peers_gone == 2);
  changing.kill(SIGKILL);
  CHECK(changing.join() == killed_by(SIGKILL));
}

TEST_CASE("who has a dead client's process number is not that client", "[survive][events]") {
  if (!may_choose_process_numbers()) return skip("choosing a process's number needs root");
  Bereaved bereaved;
  const std::int32_t pid = bereaved.writer->process().pid();
  std::optional<NumberedProcess> other;
  SECTION("when it has nothing to do with the domain") {
    bereaved.domain.kill_broker();
    bereaved.writer->kill();
    other.emplace(pid, [] { ::pause(); });
    CHECK(bereaved.domain.start_broker() == broker::PoolOrigin::Adopted);
    CHECK(bereaved.pool.usage().clients == 1);
    bereaved.check_all_read();
  }
  SECTION("when it comes to the domain under the same name") {
    SharedWord came;
    const auto come = [&] {
      auto own = Node::open(bereaved.domain.node("writer1"));
      auto publisher = own ? own->publisher<Large>(kTopic) : Failure(own.error());
      if (publisher && publisher->send(numbered<Large>(2, 1))) came.store(1);
      ::pause();
    };
    bereaved.writer->kill();
    other.emplace(pid, come);
    REQUIRE(wait_until([&] { return came.load() == 1; }));
    CHECK(wait_until([&] { return bereaved.pool.usage().clients == 2; }));
    std::uint64_t by_the_dead = 0;
    for (int taken = 0; taken < 4; ++taken) {
      const auto sample = bereaved.subscriber->wait_take(kWatchdog);
      REQUIRE(sample);
      CHECK(is_intact(*sample));
      by_the_dead += sample->writer == 1 ? 1 : 0;
    }
    CHECK(by_the_dead == 3);
    CHECK(bereaved.subscriber->status().peers_gone == 1);
    other.reset();
    CHECK(wait_until([&] { return bereaved.pool.usage().clients == 1; }));
  }
}

TEST_CASE("who speaks through a dead process's connection is nobody, whoever has its number",
          "[survive][events]") {
  if (!may_choose_process_numbers()) return skip("choosing a process's number needs root");
  const TestDomain domain;
  const PoolObserver pool(domain.path());
  auto node = domain.open("bystander");
  SharedWord go;
  SharedWord answered;
  std::optional<ChildProcess> dying(ChildProcess::start([&](Parent& parent) {
    auto channel = need(parent, node::ControlChannel::connect(domain.socket_path(),
                                                              platform::deadline_after(kWatchdog)));
    const pid_t heir = ::fork();
    if (heir == 0) {
      ::prctl(PR_SET_PDEATHSIG, 0);
      while (go.load() == 0) std::this_thread::yield();
      node::ControlAnswer answer;
      const auto said =
          channel.exchange(wire::Hello{.layout_version = pool::kLayoutVersion, .node = "heir"},
                           answer, platform::deadline_after(kWatchdog));
      answered.store(said ? 2 : 1);
      ::_exit(0);
    }
    parent.report("forked");
    parent.wait_for_go();
  }));
  REQUIRE(dying->next_report() == "forked");
  const std::int32_t pid = dying->pid();
  dying->kill(SIGKILL);
  REQUIRE(dying->join() == killed_by(SIGKILL));
  {
    const NumberedProcess other(pid, [] { ::pause(); });
    go.store(1);
    REQUIRE(wait_until([&] { return answered.load() != 0; }));
    // Refused, or let in as a process that is dead and so buried at once.
    CHECK(wait_until([&] { return pool.usage().clients == 1; }));
    CHECK(node.publisher<Small>(kTopic));
  }
  CHECK(wait_until([&] { return pool.usage().topics == 0 && pool.usage().clients == 1; }));
}

}  // namespace tarn::test
