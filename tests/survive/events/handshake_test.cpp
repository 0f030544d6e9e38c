// A process that stands still in the middle of its introduction to the broker. The broker does not wait for it
// longer than it does for anybody, and forgets it; once it goes on it is introduced anew, as long as it has time.
#include <sys/mman.h>
#include <sys/syscall.h>

#include <chrono>
#include <csignal>
#include <string>

#include <tarn/tarn.hpp>

#include "tests/support/call_tracer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/skip.hpp"

namespace tarn::test {

namespace {

// A broker with little patience for newcomers, in the place of the domain's own.
ChildProcess start_impatient_broker(TestDomain& domain) {
  domain.stop_broker();
  auto child = ChildProcess::start([&](Parent& parent) {
    auto options = domain.broker_options();
    options.handshake_limit = std::chrono::milliseconds(50);
    auto role = need(parent, broker::Broker::create(options));
    parent.report("serving");
    (void)role.run();
  });
  REQUIRE(child.next_report() == "serving");
  return child;
}

// Holds the mapping of the pool, which comes between the broker's welcome and the client's answer; once.
CallRule hold_at_the_pool() {
  return [held = false](const SystemCall& call) mutable {
    const bool maps_a_file = call.number == SYS_mmap && (call.arguments[3] & MAP_SHARED) != 0 &&
                             static_cast<int>(call.arguments[4]) >= 0;
    if (held || !maps_a_file) return CallOrder{};
    held = true;
    return hold_at_entry();
  };
}

}  // namespace

TEST_CASE("a node that stands still while it is introduced is introduced when it goes on",
          "[survive][events]") {
  if (const char* why = why_no_tracing()) return skip(why);
  const auto use = GENERATE(BrokerUse::Auto, BrokerUse::External);
  INFO("use " << static_cast<int>(use));
  TestDomain domain;
  const auto impatient = start_impatient_broker(domain);
  const PoolObserver pool(domain.path());
  auto traced = start_traced(
      [&](Parent& parent) {
        NodeOptions options = domain.node("slow");
        options.broker = use;
        auto node = need(parent, Node::open(options));
        auto publisher = need(parent, node.publisher<Small>("topic"));
        need(parent, publisher.send(numbered<Small>(1, 1)));
      },
      {.rule = hold_at_the_pool()});
  // It was welcomed before it came there, and is forgotten.
  REQUIRE(wait_until([&] { return traced.tracer.was_obeyed(); }));
  REQUIRE(wait_until([&] { return pool.usage().clients == 0; }));
  traced.tracer.release();
  CHECK(traced.child.join() == kCleanExit);
  traced.tracer.detach();
  CHECK(traced.tracer.was_obeyed());
  CHECK(pool.becomes_empty());
}

}  // namespace tarn::test
