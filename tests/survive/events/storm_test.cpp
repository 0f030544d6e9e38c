// Ten thousand signals a second, at the broker and at whoever publishes, takes and waits, in all ways there are:
// every call of the kernel's is broken off again and again, and nobody notices.
#include <chrono>
#include <cstdint>
#include <string>

#include <tarn/tarn.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/signal_storm.hpp"
#include "tests/survive/events/roles.hpp"

namespace tarn::test {

namespace {

constexpr std::chrono::microseconds kPeriod{100};
constexpr int kOften = 50;  // where a machine this busy delivers them at all

ChildProcess start_broker_in_a_storm(TestDomain& domain) {
  domain.stop_broker();
  auto child = ChildProcess::start([&](Parent& parent) {
    const SignalStorm storm(kPeriod);
    auto role = need(parent, broker::Broker::create(domain.broker_options()));
    parent.report("serving");
    const auto served = role.run();
    parent.check(false, served ? "nobody stopped it" : served.error().message());
  });
  REQUIRE(child.next_report() == "serving");
  return child;
}

void play_in_a_storm(const TestDomain& domain, const Role& role, std::size_t number) {
  INFO(role.name);
  Pairing pairing;
  const std::string topic = std::string(role.topics) + std::to_string(number);
  const auto part = [&](Parent& parent) {
    return Part{.parent = parent, .domain = domain, .topic = topic, .pairing = pairing};
  };
  auto partner = ChildProcess::start([&](Parent& parent) {
    const SignalStorm storm(kPeriod);
    role.partner(part(parent));
  });
  REQUIRE(partner.next_report() == "ready");
  auto leading = ChildProcess::start([&](Parent& parent) {
    const SignalStorm storm(kPeriod);
    role.leading(part(parent));
    parent.report(std::to_string(storm.interruptions()));
  });
  CHECK(std::stoi(leading.next_report()) > kOften);
  CHECK(leading.join() == kCleanExit);
  pairing.stop.store(1);
  CHECK(partner.join() == kCleanExit);
}

}  // namespace

TEST_CASE("ten thousand signals a second at everybody cost no message, no wake-up and no request",
          "[survive][events]") {
  TestDomain domain(roles_domain());
  const auto broker = start_broker_in_a_storm(domain);
  const PoolObserver pool(domain.path());
  for (std::size_t number = 0; number < roles().size(); ++number) {
    play_in_a_storm(domain, roles()[number], number);
  }
  CHECK(pool.becomes_empty());
  CHECK(pool.safety_wakeups() == 0);
}

TEST_CASE("time-outs among ten thousand signals a second are neither early nor missed",
          "[survive][events]") {
  TestDomain domain({.topics = {listed("full", sizeof(Small),
                                       {.depth = 1, .overflow = directory::Overflow::Block})}});
  const auto broker = start_broker_in_a_storm(domain);
  auto node = domain.open("waiting");
  auto full = must(node.publisher<Small>("full"));
  const auto reliable = must(node.subscriber<Small>("full"));
  auto silent = must(node.subscriber<Small>("silent"));
  auto set = must(node.wait_set());
  (void)must(set.add_event());
  must(full.send(numbered<Small>(1, 1)));
  constexpr std::chrono::milliseconds kTime{5};
  const SignalStorm storm(kPeriod);
  REQUIRE(storm.shakes([&] {
    auto since = std::chrono::steady_clock::now();
    const auto lasts = [&](bool nothing_came) {
      REQUIRE(nothing_came);
      REQUIRE(std::chrono::steady_clock::now() - since >= kTime);
      since = std::chrono::steady_clock::now();
    };
    lasts(!silent.wait_take(kTime));
    lasts(!full.send(numbered<Small>(1, 2), {.timeout = kTime}));
    lasts(!full.wait_for_subscribers(9, kTime));
    lasts(!silent.wait_for_publishers(9, kTime));
    lasts(must(set.wait(kTime)).empty());
  }));
}

}  // namespace tarn::test
