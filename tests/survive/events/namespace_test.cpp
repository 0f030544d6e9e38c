// A broker that counts processes otherwise than its predecessor: in another pid namespace, as in a container that
// shares the domain's directory. The numbers in the pool mean nothing to it, or somebody else; who lives, lives.
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>

#include <tarn/tarn.hpp>

#include "tests/process/scripted_publisher.hpp"
#include "tests/process/shared_word.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/skip.hpp"

namespace tarn::test {

namespace {

constexpr const char* kTopic = "topic";

// As the first process of the namespace, with a /proc of its own.
void serve_in_container(Parent& parent, const broker::BrokerOptions& options) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  parent.check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                   ::mount("proc", "/proc", "proc", 0, nullptr) == 0,
               "a container has its own /proc");
  auto role = need(parent, broker::Broker::create(options));
  parent.report(role.pool_origin() == broker::PoolOrigin::Adopted ? "adopted" : "made");
  (void)role.run();
}

class Container {
 public:
  explicit Container(const TestDomain& domain)
      : outside_(ChildProcess::start([&](Parent& parent) {
          parent.check(::unshare(CLONE_NEWPID | CLONE_NEWNS) == 0, "a container is made");
          const pid_t first = ::fork();
          if (first == 0) {
            serve_in_container(parent, domain.broker_options());
            ::_exit(0);
          }
          first_.store(static_cast<std::uint64_t>(first));
          (void)::waitpid(first, nullptr, 0);
        })) {
    REQUIRE(outside_.next_report() == "adopted");
  }
  // Returns when its broker has ended.
  void kill() {
    REQUIRE(wait_until([this] { return first_.load() != 0; }));
    ::kill(static_cast<pid_t>(first_.load()), SIGKILL);
    REQUIRE(outside_.join() == kCleanExit);
  }

 private:
  SharedWord first_;  // its first process, as it is called outside
  ChildProcess outside_;
};

}  // namespace

TEST_CASE("a broker in another pid namespace takes the living over as they are",
          "[survive][events]") {
  if (!is_root()) return skip("making a pid namespace needs root");
  TestDomain domain({.topics = {listed(kTopic, sizeof(Large), {.depth = 8, .publishers = 2})}});
  const PoolObserver pool(domain.path());
  {
    auto node = domain.open("reader");
    auto subscriber = must(node.subscriber<Large>(kTopic));
    ScriptedPublisher<Large> writer(domain, kTopic, {.writer = 1, .batches = {1, 1, 1}});
    const auto comes = [&](std::uint64_t number) {
      writer.publish_batch();
      const auto sample = subscriber.wait_take(kWatchdog);
      REQUIRE(sample);
      CHECK(sample->number == number);
      CHECK(sample.lost_before() == 0);
    };
    comes(1);
    domain.kill_broker();
    {
      Container container(domain);
      CHECK(pool.usage().clients == 2);
      comes(2);
      // They come back to it, and ask for more.
      CHECK(node.publisher<Small>("another"));
      auto newcomer = domain.open("newcomer");
      CHECK(newcomer.publisher<Small>("third"));
      container.kill();
    }
    CHECK(domain.start_broker() == broker::PoolOrigin::Adopted);
    CHECK(pool.usage().clients == 2);
    comes(3);
    CHECK(subscriber.status().peers_gone == 0);
    writer.kill();
    CHECK(wait_until([&] { return pool.usage().clients == 1; }));
    CHECK(subscriber.status().peers_gone == 1);
  }
  CHECK(pool.becomes_empty());
}

TEST_CASE("who dies while a broker of another pid namespace serves is found by its lock",
          "[survive][events]") {
  if (!is_root()) return skip("making a pid namespace needs root");
  TestDomain domain;
  const PoolObserver pool(domain.path());
  auto node = domain.open("reader");
  ScriptedPublisher<Large> writer(domain, kTopic, {.writer = 1, .batches = {1}});
  ScriptedPublisher<Large> another(domain, "other", {.writer = 2, .batches = {1}});
  domain.kill_broker();
  another.kill();
  const Container container(domain);
  CHECK(pool.usage().clients == 2);
  writer.kill();
  CHECK(wait_until([&] { return pool.usage().clients == 1; }));
  CHECK(node.publisher<Small>("more"));
}

}  // namespace tarn::test
