// A thousand visits to a domain, a hundred of them ended by SIGKILL, leave nothing behind: neither in
// the pool, nor in the broker, nor in the process that came and went.
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <string>

#include <tarn/tarn.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/effort.hpp"

namespace tarn::test {

namespace {

constexpr std::uint32_t kVisits = effort(1000, 200);
constexpr std::uint32_t kKilledEvery = 10;

// Node, publisher, subscriber, and one message from one to the other. True: it came, whole.
template <typename M>
bool exchange_one(Node& node, std::uint32_t writer) {
  auto subscriber = node.subscriber<M>("visits");
  auto publisher = node.publisher<M>("visits");
  if (!subscriber || !publisher || !publisher->send(numbered<M>(writer, 1))) return false;
  const auto sample = subscriber->try_take();
  return sample && sample->writer == writer && is_intact(*sample);
}

template <typename M>
void visit(const TestDomain& domain, std::uint32_t writer) {
  auto node = domain.open("visitor");
  REQUIRE(exchange_one<M>(node, writer));
}

// The same, but the visitor never leaves in order: it dies with everything open.
template <typename M>
void visit_and_die(const TestDomain& domain, std::uint32_t writer) {
  auto visitor = ChildProcess::start([&](Parent& parent) {
    auto node = need(parent, Node::open(domain.node("visitor")));
    auto subscriber = need(parent, node.subscriber<M>("visits"));
    auto publisher = need(parent, node.publisher<M>("visits"));
    need(parent, publisher.send(numbered<M>(writer, 1)));
    auto loan = need(parent, publisher.loan());
    const auto sample = subscriber.try_take();
    parent.check(sample && sample->writer == writer && is_intact(*sample), "the message came");
    parent.report("holding a sample and a loan");
    parent.wait_for_go();
  });
  REQUIRE(visitor.next_report() == "holding a sample and a loan");
  visitor.kill(SIGKILL);
  REQUIRE(visitor.join() == killed_by(SIGKILL));
}

std::size_t open_descriptors_of(std::int32_t pid) {
  const std::filesystem::directory_iterator fds("/proc/" + std::to_string(pid) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(fds), end(fds)));
}

template <typename M>
void check_visits() {
  // One publisher at a time, so that every visit needs the place of the one before.
  const TestDomain domain({.topics = {listed("visits", sizeof(M), {.subscribers = 1})}});
  const PoolObserver pool(domain.path());
  REQUIRE(pool.usage() == PoolUsage{});
  const std::size_t broker_fds = open_descriptors_of(domain.broker_pid());
  for (std::uint32_t i = 0; i < kVisits; ++i) {
    if (i % kKilledEvery == 0) {
      visit_and_die<M>(domain, i);
    } else {
      visit<M>(domain, i);
    }
  }
  const bool is_empty = pool.becomes_empty();
  CAPTURE(pool.usage());
  CHECK(is_empty);
  CHECK(wait_until([&] { return open_descriptors_of(domain.broker_pid()) == broker_fds; }));
  CHECK(pool.header().reaped_clients == kVisits / kKilledEvery);
}

}  // namespace

TEST_CASE("a thousand visits leave every byte of the pool free and no fd open",
          "[process][churn]") {
  SECTION("with small messages") { check_visits<Small>(); }
  SECTION("with messages in chunks") { check_visits<Large>(); }
}

TEST_CASE("a subscriber that stays sees the messages of all visitors", "[process][churn]") {
  const TestDomain domain({.topics = {listed("visits", sizeof(Small), {.subscribers = 2})}});
  auto node = domain.open("resident");
  auto resident = must(node.subscriber<Small>("visits"));
  constexpr std::uint32_t kVisitors = 100;
  for (std::uint32_t writer = 0; writer < kVisitors; ++writer) {
    if (writer % kKilledEvery == 0) {
      visit_and_die<Small>(domain, writer);
    } else {
      visit<Small>(domain, writer);
    }
    const auto sample = resident.wait_take(kWatchdog);
    REQUIRE(sample);
    CHECK(sample->writer == writer);
  }
  CHECK(resident.counts().received == kVisitors);
  CHECK(resident.counts().lost() == 0);
}

}  // namespace tarn::test
