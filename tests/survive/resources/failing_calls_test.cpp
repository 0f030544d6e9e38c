// Every call to the kernel fails once, with what it says when something has run out: for the client, for
// the broker while it serves one, while it starts, and while it takes a pool over. Nobody crashes and nothing
// is left behind: either the error reaches whoever asked, or what was asked has been done all the same; and
// the next try succeeds.
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/process/shared_word.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/skip.hpp"
#include "tests/survive/resources/failing_calls.hpp"
#include "tests/survive/resources/full_life.hpp"

namespace tarn::test {

namespace {

// What a sweep over the calls of somebody has done, for the test's output.
struct Sweep {
  std::size_t calls = 0;
  std::size_t failed = 0;
  std::uint64_t surfaced = 0;

  void count(const CallTracer& tracer, bool was_told) {
    if (tracer.was_obeyed()) ++failed;
    if (was_told) ++surfaced;
  }
  void check(const char* who) const {
    std::fprintf(stderr, "%s: %zu calls, %zu made to fail, %llu of those failures surfaced\n", who,
                 calls, failed, static_cast<unsigned long long>(surfaced));
    CHECK(failed > 0);
  }
};

// The calls that `body` makes between its marks when all goes well.
std::vector<SystemCall> calls_of(const std::function<void(Parent&)>& body) {
  auto traced = start_traced(body, {.rule = {}, .between_marks = true});
  REQUIRE(traced.child.join() == kCleanExit);
  traced.tracer.detach();
  return traced.tracer.calls();
}

// Runs `body` in a child for each of the calls it makes between its marks, and lets that one fail. What it
// reports is how it was told, if it was.
void fail_each_call(const char* who, std::size_t choice, const std::function<void(Parent&)>& body,
                    const std::function<void()>& check_others) {
  Sweep sweep;
  const auto calls = calls_of(body);
  sweep.calls = calls.size();
  for (const std::uint32_t index : calls_to_fail(calls)) {
    if (choice >= shortages_of(calls[index - 1]).size()) continue;
    INFO("if not on " << calls[index - 1]);
    auto traced = start_traced(body, {.rule = shortage_at(index, choice), .between_marks = true});
    const std::string said = traced.child.next_report();
    const ChildEnd end = traced.child.join();
    traced.tracer.detach();
    INFO(traced.tracer.obeyed_call() << ": " << said);
    REQUIRE(end == kCleanExit);
    check_others();
    sweep.count(traced.tracer, said != "fine");
  }
  sweep.check(who);
}

std::string outcome(const Result<void>& done) { return done ? "fine" : done.error().message(); }

void fail_a_client(std::size_t choice) {
  const TestDomain domain = domain_for_lives();
  const PoolObserver pool(domain.path());
  const std::size_t broker_descriptors = descriptor_count(domain.broker_pid());
  const auto body = [&](Parent& parent) {
    const std::size_t open_before = descriptor_count(::getpid());
    mark_begin();
    const auto lived = live_once(domain.node("unlucky"));
    mark_end();
    need(parent, live_once(domain.node("next")));
    parent.check(descriptor_count(::getpid()) == open_before, "no descriptor is left open");
    parent.report(outcome(lived));
  };
  fail_each_call("client", choice, body, [&] {
    REQUIRE(pool.becomes_empty());
    REQUIRE(
        wait_until([&] { return descriptor_count(domain.broker_pid()) == broker_descriptors; }));
  });
}

// The calls of a broker differ a little from time to time, as its clients are quicker or slower.
void fail_a_serving_broker(std::size_t choice) {
  const TestDomain domain = domain_for_lives();
  const PoolObserver pool(domain.path());
  const std::int32_t broker = domain.broker_pid();
  const std::size_t broker_descriptors = descriptor_count(broker);
  const std::size_t own_descriptors = descriptor_count(::getpid());
  Sweep sweep;
  const auto live = [&](CallRule rule) {
    CallTracer tracer(broker, {.rule = std::move(rule)});
    const auto lived = live_once(domain.node("lucky"));
    tracer.detach();
    INFO(tracer.obeyed_call() << ": " << outcome(lived));
    sweep.count(tracer, !lived);
    must(live_once(domain.node("next")));
    REQUIRE(pool.becomes_empty());
    REQUIRE(wait_until([&] { return descriptor_count(broker) == broker_descriptors; }));
    REQUIRE(descriptor_count(::getpid()) == own_descriptors);
    return tracer.calls();
  };
  const auto calls = live({});
  sweep.calls = calls.size();
  for (const std::uint32_t index : calls_to_fail(calls)) live(shortage_at(index, choice));
  sweep.check("broker that serves");
}

// In a directory of its own; it serves nobody and leaves.
Result<void> serve_once(const broker::BrokerOptions& options) {
  auto role = broker::Broker::create(options);
  if (!role) return Failure(role.error());
  return role->leave();
}

void fail_a_starting_broker(std::size_t choice) {
  const TemporaryDirectory directory;
  broker::BrokerOptions options;
  options.runtime_directory = directory.path();
  options.limits.clients = 8;
  const auto body = [&](Parent& parent) {
    const std::size_t open_before = descriptor_count(::getpid());
    mark_begin();
    const auto served = serve_once(options);
    mark_end();
    need(parent, serve_once(options));
    parent.check(descriptor_count(::getpid()) == open_before, "no descriptor is left open");
    parent.report(outcome(served));
  };
  fail_each_call("broker that starts", choice, body, [] {});
}

void fail_a_broker_that_takes_over(std::size_t choice) {
  TestDomain domain = domain_for_lives();
  auto node = domain.open("resident");
  auto publisher = must(node.publisher<Small>(kSmallTopic));
  auto subscriber = must(node.subscriber<Small>(kSmallTopic));
  domain.kill_broker();
  const auto body = [&](Parent& parent) {
    mark_begin();
    const auto role = broker::Broker::create(domain.broker_options());
    mark_end();
    parent.report(role ? "fine" : role.error().message());
  };
  std::uint64_t number = 0;
  fail_each_call("broker that takes over", choice, body, [&] {
    REQUIRE(domain.start_broker() == broker::PoolOrigin::Adopted);
    // Whoever was there is there, and is served.
    must(publisher.send(numbered<Small>(1, ++number)));
    const auto sample = subscriber.wait_take(kWatchdog);
    REQUIRE(sample);
    CHECK(sample->number == number);
    must(node.publisher<Large>(kLargeTopic));
    domain.kill_broker();
  });
  domain.start_broker();
}

}  // namespace

TEST_CASE("any call of a client fails: nothing crashes, nothing is left, the next try succeeds",
          "[survive][resources]") {
  if (const char* why = why_no_tracing()) return skip(why);
  SECTION("as is most likely") { fail_a_client(0); }
  SECTION("in another way") { fail_a_client(1); }
}

TEST_CASE("any call of a broker fails while it serves: it goes on, and the next client is served",
          "[survive][resources]") {
  if (const char* why = why_no_tracing()) return skip(why);
  SECTION("as is most likely") { fail_a_serving_broker(0); }
  SECTION("in another way") { fail_a_serving_broker(1); }
}

TEST_CASE("any call of a broker fails while it starts: it says so, and the next one starts",
          "[survive][resources]") {
  if (const char* why = why_no_tracing()) return skip(why);
  SECTION("as is most likely") { fail_a_starting_broker(0); }
  SECTION("in another way") { fail_a_starting_broker(1); }
}

TEST_CASE("any call of a broker fails while it takes a pool over: nobody's place is lost",
          "[survive][resources]") {
  if (const char* why = why_no_tracing()) return skip(why);
  SECTION("as is most likely") { fail_a_broker_that_takes_over(0); }
  SECTION("in another way") { fail_a_broker_that_takes_over(1); }
}

}  // namespace tarn::test
