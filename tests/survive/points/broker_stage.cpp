#include "tests/survive/points/broker_stage.hpp"

#include <csignal>
#include <stdexcept>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/process_state.hpp"
#include "tests/survive/points/rest.hpp"

namespace tarn::test {

namespace {

DomainOptions broker_stage_options() {
  return {.topics = {listed(kPointsTopic, sizeof(Small), {.depth = 16, .publishers = 2}),
                     listed("guest/newest", sizeof(Large),
                            {.depth = 4, .overflow = plan::Overflow::DropNewest}),
                     listed("guest/blocks", sizeof(Small),
                            {.depth = 4, .overflow = plan::Overflow::Block})},
          // A broker that takes over rings every bell.
          .limits = {.publishers = 16, .waiters = 32},
          .pool_bytes = std::uint64_t{4} << 20,
          .spin = false};
}

}  // namespace

BrokerStage::BrokerStage(Matrix& matrix)
    : matrix_(matrix),
      domain_(broker_stage_options()),
      pool_(domain_.path()),
      survivors_{Survivor<Small>(domain_, Waiting::OnAWaitSet),
                 Survivor<Small>(domain_, Waiting::OnTheTopic)},
      node_(domain_.open("successor")),
      publisher_(must(node_.publisher<Small>(kPointsTopic))) {
  check_flow();
  base_ = pool_.usage();
}

void BrokerStage::start_watched(bool from_the_start) {
  revived_ = false;
  matrix_.points().pause(!from_the_start);
  matrix_.points().watch();
  try {
    domain_.start_broker();
  } catch (const std::runtime_error&) {
    // It was killed before it served, or it is a failure that the caller finds.
    INFO("a broker that was not killed did not begin");
    REQUIRE(matrix_.points().hit());
  }
  Points::look_away();
}

void BrokerStage::serve(const GuestBody& guest) {
  domain_.kill_broker();
  start_watched(false);
  matrix_.points().pause(false);
  auto child = ChildProcess::start([&](Parent& parent) { guest(parent, domain_); });
  REQUIRE(comes_true([&] {
    revive();
    return state_of(child.pid()) == 'Z';
  }));
  REQUIRE(child.join() == kCleanExit);
  check_after();
}

void BrokerStage::reap(const GuestBody& guest) {
  domain_.kill_broker();
  start_watched(false);
  auto child = ChildProcess::start([&](Parent& parent) { guest(parent, domain_); });
  REQUIRE(child.next_report() == "ready");
  matrix_.points().pause(false);
  child.kill(SIGKILL);
  REQUIRE(child.join() == killed_by(SIGKILL));
  check_after();
}

void BrokerStage::adopt(const GuestBody& guest) {
  auto child = ChildProcess::start([&](Parent& parent) { guest(parent, domain_); });
  REQUIRE(child.next_report() == "ready");
  domain_.kill_broker();
  child.kill(SIGKILL);
  REQUIRE(child.join() == killed_by(SIGKILL));
  check_flow();
  start_watched(true);
  check_after();
}

void BrokerStage::revive() {
  if (revived_ || !matrix_.points().hit()) return;
  REQUIRE(comes_true([&] { return state_of(domain_.broker_pid()) == 'Z'; }));
  check_flow();
  revived_ = true;
  domain_.start_broker();
}

// A message comes through, broker or no broker.
void BrokerStage::check_flow() {
  must(publisher_.send(numbered<Small>(kSuccessor, ++published_)));
  const std::uint64_t place = place_of(kSuccessor, published_);
  REQUIRE(
      comes_true([&] { return survivors_[0].seen() == place && survivors_[1].seen() == place; }));
}

void BrokerStage::check_after() {
  PoolUsage now;
  const bool settled = comes_true([&] {
    revive();
    now = pool_.usage();
    return now == base_;
  });
  INFO("in use " << now << ", before " << base_);
  REQUIRE(settled);
  check_flow();
  REQUIRE(pool_.safety_wakeups() == 0);
  // Until the next one begins: this one lives on, and is of no more interest. Unless it was just there.
  matrix_.points().pause(true);
  REQUIRE(comes_true([&] { return state_of(domain_.broker_pid()) != 'R'; }));
  revive();
}

void BrokerStage::finish() {
  auto last = must(node_.publisher<Small>(kPointsTopic));
  must(last.send(numbered<Small>(kLastWriter, 1)));
  for (Survivor<Small>& survivor : survivors_) CHECK(survivor.join() == kCleanExit);
}

}  // namespace tarn::test
