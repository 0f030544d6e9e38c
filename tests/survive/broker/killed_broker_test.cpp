// The broker is killed at every system call that it makes for a client that comes, asks, gives back and dies,
// and its successor at every one of taking over. Meanwhile messages go on; afterwards nothing is left over.
#include <signal.h>
#include <sys/syscall.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>

#include <tarn/tarn.hpp>

#include "tests/support/call_tracer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/skip.hpp"
#include "tests/survive/broker/circle.hpp"
#include "tests/survive/broker/visitor.hpp"

namespace tarn::test {

namespace {

constexpr std::uint32_t kMostCalls = 500;  // of one step; a test that comes there turns in circles

DomainOptions scene_options() {
  DomainOptions options{.topics = Circle::topics()};
  for (const int which : {1, 2}) options.topics.push_back(Visitor::topic(which));
  return options;
}

// The processes that a broker watches.
std::size_t watched_by(std::int32_t broker) {
  std::size_t count = 0;
  std::error_code gone;
  for (const auto& fd :
       std::filesystem::directory_iterator("/proc/" + std::to_string(broker) + "/fd")) {
    const auto target = std::filesystem::read_symlink(fd.path(), gone);
    if (target.string().find("[pidfd]") != std::string::npos) ++count;
  }
  return count;
}

// A domain with a circle in it, and how it looks while nobody else is there.
class Scene {
 public:
  Scene() : domain(scene_options()), circle(domain) {
    const PoolObserver pool(domain.path());
    REQUIRE(wait_until([&] { return circle.rests(); }));
    usage_ = pool.usage();
    connections_ = pool.header().connections;
  }

  // Between two brokers: messages go on as if nothing were.
  void live_without_broker() {
    for (int laps = 0; laps < 3; ++laps) circle.lap();
  }
  void start_next_broker() {
    const std::uint64_t before = PoolObserver(domain.path()).header().connections;
    CHECK(domain.start_broker() == broker::PoolOrigin::Adopted);
    circle.lap();
    // Nobody was told; all have turned to it.
    const PoolObserver pool(domain.path());
    CHECK(wait_until([&] { return pool.header().connections >= before + Circle::kMembers + 1; }));
  }
  // When the visitor has gone.
  void check_at_rest() {
    const PoolObserver pool(domain.path());
    const bool rests = wait_until([&] { return pool.usage() == usage_ && circle.rests(); });
    INFO("found " << pool.usage() << "; without a visitor there are " << usage_);
    CHECK(rests);
    CHECK(watched_by(domain.broker_pid()) == Circle::kMembers + 1);
    circle.lap();
  }
  void replace_killed_broker() {
    domain.kill_broker();  // which has ended already; collected
    live_without_broker();
    start_next_broker();
  }

  TestDomain domain;
  Circle circle;

 private:
  PoolUsage usage_;
  std::uint64_t connections_ = 0;
};

// Taking over rings every bell there is, in use or not: one of a hundred of these calls stands for all.
CallRule at_notable_call(std::uint32_t index, CallOrder order) {
  return [index, order, rung = 0U, seen = 0U](const SystemCall& call) mutable {
    constexpr unsigned kOfBells = 100;
    if (call.number == SYS_futex && rung++ % kOfBells != 0) return CallOrder{};
    return ++seen == index ? order : CallOrder{};
  };
}

// The step that a visitor makes while its broker is killed at one call. False: it made fewer.
bool kill_broker_at(Scene& scene, const CallRule& rule, Visit step) {
  Visitor visitor(scene.domain, step);
  CallTracer tracer(scene.domain.broker_pid(), {.rule = rule});
  visitor.go();
  std::string said = visitor.next();
  tracer.detach();
  INFO(tracer.obeyed_call());
  const bool killed = tracer.was_obeyed();
  if (killed) {
    scene.replace_killed_broker();
    // It may not be alone in having lost the one before.
    while (said == kNoBroker) {
      visitor.go();
      said = visitor.next();
    }
  }
  CHECK(said == kDone);
  visitor.leave();
  scene.check_at_rest();
  return killed;
}

// The same while a broker cleans up after a visitor that was killed.
bool kill_reaper_at(Scene& scene, const CallRule& rule) {
  Visitor visitor(scene.domain, Visit::Die);
  const PoolObserver pool(scene.domain.path());
  const std::uint64_t reaped = pool.header().reaped_clients;
  CallTracer tracer(scene.domain.broker_pid(), {.rule = rule});
  visitor.kill();
  REQUIRE(wait_until([&] { return tracer.was_obeyed() || pool.header().reaped_clients > reaped; }));
  tracer.detach();
  INFO(tracer.obeyed_call());
  const bool killed = tracer.was_obeyed();
  if (killed) scene.replace_killed_broker();
  scene.check_at_rest();
  return killed;
}

// The same while a successor takes over, and finds one client dead and another one that has closed
// everything meanwhile.
bool kill_successor_at(Scene& scene, const CallRule& rule) {
  Visitor dying(scene.domain, Visit::Die);
  Visitor closing(scene.domain, Visit::GiveBack, 2);
  scene.domain.kill_broker();
  dying.kill();
  closing.go();
  CHECK(closing.next() == kNoBroker);
  auto successor = start_traced(
      [&](Parent& parent) {
        mark_begin();
        const auto role = need(parent, broker::Broker::create(scene.domain.broker_options()));
        mark_end();
      },
      {.rule = rule, .between_marks = true});
  const ChildEnd end = successor.child.join();
  successor.tracer.detach();
  INFO(successor.tracer.obeyed_call());
  const bool killed = successor.tracer.was_obeyed();
  CHECK(end == (killed ? killed_by(SIGKILL) : kCleanExit));
  scene.live_without_broker();
  scene.start_next_broker();
  closing.go();
  CHECK(closing.next() == kDone);
  closing.leave();
  scene.check_at_rest();
  return killed;
}

using RuleFor = CallRule (*)(std::uint32_t, CallOrder);

template <typename KillAt>
void kill_at_every_call(KillAt kill_at, RuleFor rule_for = at_call) {
  for (const CallOrder order : {kill_at_entry(), kill_at_exit()}) {
    std::uint32_t kills = 0;
    while (kills < kMostCalls && kill_at(rule_for(kills + 1, order))) ++kills;
    std::printf("killed at %u calls\n", kills);
    CHECK(kills > 5);
    CHECK(kills < kMostCalls);
  }
}

void kill_during(Visit step) {
  Scene scene;
  kill_at_every_call([&](const CallRule& rule) { return kill_broker_at(scene, rule, step); });
  scene.circle.finish();
}

}  // namespace

TEST_CASE("a broker killed at any system call of welcoming a client leaves nothing behind",
          "[survive][broker]") {
  if (const char* why = why_no_tracing()) return skip(why);
  kill_during(Visit::Come);
}

TEST_CASE("what a broker killed at any system call of granting has granted is known or free",
          "[survive][broker]") {
  if (const char* why = why_no_tracing()) return skip(why);
  kill_during(Visit::Ask);
}

TEST_CASE("what is closed while its broker is killed at any system call is closed",
          "[survive][broker]") {
  if (const char* why = why_no_tracing()) return skip(why);
  kill_during(Visit::GiveBack);
}

TEST_CASE("a reap that is cut off at any system call is finished by the next broker",
          "[survive][broker]") {
  if (const char* why = why_no_tracing()) return skip(why);
  Scene scene;
  kill_at_every_call([&](const CallRule& rule) { return kill_reaper_at(scene, rule); });
  scene.circle.finish();
}

TEST_CASE("a broker killed at any system call of taking over leaves the same to the next",
          "[survive][broker]") {
  if (const char* why = why_no_tracing()) return skip(why);
  Scene scene;
  kill_at_every_call([&](const CallRule& rule) { return kill_successor_at(scene, rule); },
                     at_notable_call);
  scene.circle.finish();
}

}  // namespace tarn::test
