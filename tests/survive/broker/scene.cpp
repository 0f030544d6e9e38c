#include "tests/survive/broker/scene.hpp"

#include <signal.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "tests/support/call_tracer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/census.hpp"

namespace tarn::test {

namespace {

DomainOptions scene_options() {
  DomainOptions options{.topics = Circle::topics()};
  for (const int which : {1, 2}) options.topics.push_back(Visitor::topic(which));
  options.topics.push_back(Visitor::meeting());
  return options;
}

// The processes that a broker watches.
std::size_t watched_by(std::int32_t broker) {
  std::size_t count = 0;
  std::error_code gone;
  const std::string path = "/proc/" + std::to_string(broker) + "/fd";
  for (const auto& fd : std::filesystem::directory_iterator(path)) {
    const auto target = std::filesystem::read_symlink(fd.path(), gone);
    if (target.string().find("[pidfd]") != std::string::npos) ++count;
  }
  return count;
}

}  // namespace

Scene::Scene() : domain_(scene_options()), circle_(domain_) {
  REQUIRE(wait_until([&] { return circle_.rests(); }));
  at_rest_ = look();
  for (const Visit step : {Visit::Come, Visit::Ask, Visit::GiveBack, Visit::Leave}) {
    Visitor visitor(domain_, step);
    visitor.go();
    REQUIRE(visitor.next() == kDone);
    done_[step] = look();
    visitor.leave();
    check_at_rest();
  }
}

void Scene::live_without_broker() {
  for (int laps = 0; laps < 3; ++laps) circle_.lap();
}

void Scene::start_next_broker() {
  const PoolObserver pool(domain_.path());
  const std::uint64_t before = pool.header().connections;
  CHECK(domain_.start_broker() == broker::PoolOrigin::Adopted);
  // Nobody was told; all turn to it as they wait for messages.
  CHECK(wait_until([&] {
    circle_.lap();
    return pool.header().connections >= before + Circle::kMembers + 1;
  }));
}

void Scene::replace_ended_broker() {
  domain_.kill_broker();  // to collect it
  live_without_broker();
  start_next_broker();
}

// Before anybody has said what it misses.
void Scene::check_agreement() {
  const PoolObserver pool(domain_.path());
  Census census;
  const bool agrees = wait_until([&] {
    census = take_census(pool.view());
    return census.disagreements.empty();
  });
  for (const std::string& disagreement : census.disagreements) UNSCOPED_INFO(disagreement);
  CHECK(agrees);
}

Scene::Usage Scene::look() const {
  const PoolObserver pool(domain_.path());
  Usage now{.usage = pool.usage()};
  for (const auto& [client, holdings] : take_census(pool.view()).clients) {
    now.patterns += holdings.patterns;
  }
  return now;
}

void Scene::check_usage(const Usage& expected) {
  const bool is_so = wait_until([&] { return look() == expected; });
  const Usage now = look();
  INFO("found " << now.usage << ", " << now.patterns << " patterns; expected " << expected.usage
                << ", " << expected.patterns << " patterns");
  CHECK(is_so);
  check_agreement();
}

void Scene::check_at_rest() {
  check_usage(at_rest_);
  CHECK(wait_until([&] { return circle_.rests(); }));
  CHECK(watched_by(domain_.broker_pid()) == Circle::kMembers + 1);
  circle_.lap();
}

bool Scene::spring_during(Visit step, Trap& trap) {
  Visitor visitor(domain_, step);
  trap.set(domain_.broker_pid());
  visitor.go();
  std::string said = visitor.next();
  trap.lift();
  INFO("ended at " << trap.place());
  if (trap.has_sprung()) {
    replace_ended_broker();
    check_agreement();
    while (said == kNoBroker) {
      visitor.go();
      said = visitor.next();
    }
  }
  CHECK(said == kDone);
  check_usage(done_.at(step));
  visitor.leave();
  check_at_rest();
  return trap.has_sprung();
}

bool Scene::spring_during_reap(Trap& trap) {
  Visitor visitor(domain_, Visit::Die);
  const PoolObserver pool(domain_.path());
  const std::uint64_t reaped = pool.header().reaped_clients;
  trap.set(domain_.broker_pid());
  visitor.kill();
  REQUIRE(wait_until([&] {
    return trap.has_sprung() || (pool.header().reaped_clients > reaped && look() == at_rest_);
  }));
  trap.lift();
  INFO("ended at " << trap.place());
  if (trap.has_sprung()) replace_ended_broker();
  check_at_rest();
  return trap.has_sprung();
}

bool Scene::spring_during_take_over(Trap& trap) {
  Visitor dying(domain_, Visit::Die);
  Visitor closing(domain_, Visit::GiveBack, 2);
  domain_.kill_broker();
  dying.kill();
  closing.go();
  CHECK(closing.next() == kNoBroker);
  auto successor = ChildProcess::start([&](Parent& parent) {
    parent.wait_for_go();
    mark_begin();
    const auto role = need(parent, broker::Broker::create(domain_.broker_options()));
    mark_end();
  });
  trap.set(successor.pid());
  successor.go();
  const ChildEnd end = successor.join();
  trap.lift();
  INFO("ended at " << trap.place());
  CHECK(end == (trap.has_sprung() ? killed_by(SIGKILL) : kCleanExit));
  live_without_broker();
  start_next_broker();
  // What it closed and could not say is somebody else's to have, before it is back.
  CHECK(circle_.may_publish_on(Visitor::topic(2).name));
  closing.go();
  CHECK(closing.next() == kDone);
  closing.leave();
  check_at_rest();
  return trap.has_sprung();
}

}  // namespace tarn::test
