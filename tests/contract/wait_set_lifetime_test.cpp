// What may go first, and what may move: a wait set, what is attached to it, and the nodes of both.
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/contract/wait_set_bench.hpp"
#include "tests/support/catch.hpp"

namespace tarn::test {

namespace {

using namespace std::chrono_literals;

}  // namespace

TEST_CASE("a subscriber that goes is detached", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  std::optional gone(bench.pair("gone"));
  auto stays = bench.pair("stays");
  const auto gone_id = must(bench.set.attach(gone->subscriber));
  const auto id = must(bench.set.attach(stays.subscriber));
  gone->send();
  stays.send();
  CHECK(bench.wait().size() == 2);
  gone.reset();
  const auto ready = bench.wait();
  REQUIRE(ready.size() == 1);
  CHECK(ready[0].id == id);
  CHECK_FALSE(bench.set.detach(gone_id));
}

TEST_CASE("a sample outlives the wait set's attachment to its subscriber", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto publisher = must(bench.publishing.publisher<Large>("topic"));
  std::optional subscriber(must(bench.reading.subscriber<Large>("topic")));
  must(bench.set.attach(*subscriber));
  REQUIRE(meet(publisher, *subscriber));
  must(publisher.send(numbered<Large>(1, 1)));
  CHECK(bench.wait().size() == 1);
  const auto sample = subscriber->try_take();
  subscriber.reset();
  CHECK(is_intact(*sample));
  check_refused(bench.set.wait(0ns), "nothing is attached");
}

TEST_CASE("subscribers of a wait set that goes wait by themselves again", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto pair = bench.pair("topic");
  std::optional set(must(bench.reading.wait_set()));
  must(set->attach(pair.subscriber));
  pair.send();
  CHECK(must(set->wait(kWatchdog)).size() == 1);
  set.reset();
  CHECK(pair.subscriber.try_take()->number == 1);
  CHECK_FALSE(pair.subscriber.wait_take(1ms));
  pair.send();
  CHECK(pair.subscriber.wait_take(kWatchdog)->number == 2);
  must(bench.set.attach(pair.subscriber));
}

TEST_CASE("an event outlives its wait set, and then does nothing", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  std::optional set(must(bench.reading.wait_set()));
  auto event = must(set->add_event());
  auto copy = event;
  copy.trigger();
  CHECK(must(set->wait(kWatchdog)).size() == 1);
  set.reset();
  event.trigger();
  copy.trigger();
}

TEST_CASE("an attached subscriber may move", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto pair = bench.pair("topic");
  const auto id = must(bench.set.attach(pair.subscriber));
  std::vector<Subscriber<Small>> moved;
  moved.push_back(std::move(pair.subscriber));
  pair.send();
  const auto ready = bench.wait();
  REQUIRE(ready.size() == 1);
  CHECK(ready[0].id == id);
  CHECK(moved[0].try_take()->number == 1);
  check_refused(bench.set.attach(moved[0]), "is attached");
}

TEST_CASE("a wait set may move, and what is attached goes along", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto pair = bench.pair("topic");
  const auto id = must(bench.set.attach(pair.subscriber));
  auto event = must(bench.set.add_event());
  auto moved = std::make_unique<WaitSet>(std::move(bench.set));
  event.trigger();
  pair.send();
  CHECK(must(moved->wait(kWatchdog)).size() == 2);
  bench.set = std::move(*moved);
  moved.reset();
  CHECK(pair.subscriber.try_take());
  pair.send();
  const auto ready = bench.wait();
  REQUIRE(ready.size() == 1);
  CHECK(ready[0].id == id);
}

TEST_CASE("a wait set and its subscribers outlive their node", "[contract][wait_set]") {
  const auto kind = GENERATE(from_range(transports()));
  const auto transport = kind.open({});
  auto publishing = must(transport->open_publishing("publishing"));
  auto publisher = must(publishing.publisher<Small>("topic"));
  std::optional node(must(Node::open(transport->reading_node("reading"))));
  std::optional set(must(node->wait_set()));
  std::optional subscriber(must(node->subscriber<Small>("topic")));
  must(set->attach(*subscriber));
  REQUIRE(meet(publisher, *subscriber));
  node.reset();
  must(publisher.send(numbered<Small>(1, 1)));
  CHECK(must(set->wait(kWatchdog)).size() == 1);
  SECTION("the set goes first") {
    set.reset();
    CHECK(subscriber->wait_take(kWatchdog));
  }
  SECTION("the subscriber goes first") {
    subscriber.reset();
    check_refused(set->wait(0ns), "nothing is attached");
  }
}

TEST_CASE("a wait set waits for subscribers of several nodes of its process",
          "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto publisher = must(bench.publishing.publisher<Small>("topic"));
  std::optional other(must(Node::open(bench.transport->reading_node("other"))));
  auto subscriber = must(other->subscriber<Small>("topic"));
  must(bench.set.attach(subscriber));
  REQUIRE(meet(publisher, subscriber));
  other.reset();
  must(publisher.send(numbered<Small>(1, 1)));
  CHECK(bench.wait().size() == 1);
  CHECK(subscriber.try_take());
}

TEST_CASE("waiters of wait sets that went are there for others", "[contract][wait_set]") {
  const auto kind = GENERATE(from_range(transports()));
  const auto transport = kind.open({});
  auto node = must(Node::open(transport->reading_node("reading")));
  std::vector<WaitSet> sets;
  for (;;) {
    auto set = node.wait_set();
    if (!set) {
      CHECK(set.error().code() == Errc::TooManyWaiters);
      break;
    }
    sets.push_back(std::move(*set));
  }
  const std::size_t most = sets.size();
  CHECK(most > 1);
  sets.clear();
  for (std::size_t i = 0; i < most; ++i) sets.push_back(must(node.wait_set()));
}

}  // namespace tarn::test
