// What the users of a wait set rely on while it tells them what is ready.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/contract/wait_set_bench.hpp"
#include "tests/support/catch.hpp"

namespace tarn::test {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

}  // namespace

TEST_CASE("a wait set tells which of its subscribers has a message", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto first = bench.pair("first");
  auto second = bench.pair("second");
  auto untyped = must(bench.reading.untyped_subscriber("second"));
  const auto first_id = must(bench.set.attach(first.subscriber));
  const auto second_id = must(bench.set.attach(second.subscriber));
  const auto untyped_id = must(bench.set.attach(untyped));
  CHECK(bench.wait(0ns).empty());

  first.send();
  auto ready = bench.wait();
  REQUIRE(ready.size() == 1);
  CHECK(is(ready[0], first_id, WaitReason::Message));

  second.send();
  ready = bench.wait();
  CHECK(ready.size() == 3);
  CHECK(first.subscriber.try_take()->number == 1);
  ready = bench.wait();
  REQUIRE(ready.size() == 2);
  CHECK(ready[0].id != ready[1].id);
  for (const Ready& each : ready) {
    CHECK((each.id == second_id || each.id == untyped_id));
    CHECK(each.reason == WaitReason::Message);
  }
}

TEST_CASE("what is ready is reported until it is taken", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto pair = bench.pair("topic");
  const auto id = must(bench.set.attach(pair.subscriber));
  pair.send();
  pair.send();
  for (int i = 0; i < 3; ++i) {
    const auto ready = bench.wait();
    REQUIRE(ready.size() == 1);
    CHECK(is(ready[0], id, WaitReason::Message));
  }
  CHECK(pair.subscriber.try_take());
  CHECK(bench.wait(0ns).size() == 1);
  CHECK(pair.subscriber.try_take());
  CHECK(bench.wait(0ns).empty());
}

TEST_CASE("messages from before the subscription was attached count", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto publisher = must(bench.publishing.publisher<Small>("topic"));
  must(publisher.send(numbered<Small>(1, 1)));
  auto subscriber = must(bench.reading.subscriber<Small>("topic", {.history = 1}));
  const auto id = must(bench.set.attach(subscriber));
  const auto ready = bench.wait();
  REQUIRE(ready.size() == 1);
  CHECK(is(ready[0], id, WaitReason::Message));
  CHECK(subscriber.try_take()->number == 1);
}

TEST_CASE("one wait lists messages, events, intervals and missed deadlines",
          "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto pair = bench.pair("topic");
  auto silent = must(bench.reading.subscriber<Small>("silent"));
  auto event = must(bench.set.add_event());
  const auto message = must(bench.set.attach(pair.subscriber));
  const auto deadline = must(bench.set.attach(silent, {.deadline = 1ms}));
  const auto interval = must(bench.set.add_interval(1ms));
  pair.send();
  event.trigger();
  event.trigger();
  const auto start = Clock::now();
  REQUIRE(wait_until([&] { return Clock::now() > start + 2ms; }));
  const auto ready = bench.wait();
  REQUIRE(ready.size() == 4);
  CHECK(is(ready[0], event.id(), WaitReason::Event));
  CHECK(ready[0].count == 2);
  CHECK(is(ready[1], message, WaitReason::Message));
  CHECK(is(ready[2], deadline, WaitReason::DeadlineMissed));
  CHECK(is(ready[3], interval, WaitReason::Interval));
  CHECK(ready[3].count >= 2);
  CHECK(bench.set.counts().dispatched == 4);
}

TEST_CASE("a wait of no time only looks, and others last for their time", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto pair = bench.pair("topic");
  must(bench.set.attach(pair.subscriber));
  CHECK(bench.wait(0ns).empty());
  CHECK(bench.wait(-1h).empty());
  CHECK(bench.set.counts().wakeups == 0);
  const auto start = Clock::now();
  CHECK(bench.wait(20ms).empty());
  CHECK(Clock::now() - start >= 20ms);
  CHECK(must(bench.set.wait_until(start + 40ms)).empty());
  CHECK(Clock::now() - start >= 40ms);
}

TEST_CASE("an interval ends a wait that would go on, and keeps its grid", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  const auto start = Clock::now();
  const auto id = must(bench.set.add_interval(5ms));
  std::uint64_t periods = 0;
  for (int i = 0; i < 4; ++i) {
    const auto ready = bench.wait(std::chrono::nanoseconds::max());
    REQUIRE(ready.size() == 1);
    CHECK(is(ready[0], id, WaitReason::Interval));
    periods += ready[0].count;
    CHECK(Clock::now() - start >= static_cast<std::int64_t>(periods) * 5ms);
  }
}

TEST_CASE("a missed deadline is reported, begins anew, and the late message comes all the same",
          "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto pair = bench.pair("topic");
  const auto start = Clock::now();
  const auto id = must(bench.set.attach(pair.subscriber, {.deadline = 10ms}));
  for (int missed = 1; missed <= 2; ++missed) {
    const auto ready = bench.wait();
    REQUIRE(ready.size() == 1);
    CHECK(is(ready[0], id, WaitReason::DeadlineMissed));
    CHECK(Clock::now() - start >= missed * 10ms);
  }
  pair.send();
  const auto ready = bench.wait();
  REQUIRE_FALSE(ready.empty());
  CHECK(is(ready[0], id, WaitReason::Message));
  CHECK(pair.subscriber.try_take()->number == 1);
}

TEST_CASE("urgent topics are reported first", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto low = bench.pair("low");
  auto high = bench.pair("high");
  auto middle = bench.pair("middle");
  const auto low_id = must(bench.set.attach(low.subscriber, {.priority = -1}));
  const auto high_id = must(bench.set.attach(high.subscriber, {.priority = 1}));
  const auto middle_id = must(bench.set.attach(middle.subscriber));
  low.send();
  middle.send();
  high.send();
  const auto ready = bench.wait();
  REQUIRE(ready.size() == 3);
  CHECK(ready[0].id == high_id);
  CHECK(ready[1].id == middle_id);
  CHECK(ready[2].id == low_id);
}

TEST_CASE("equals take turns at being reported first", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto one = bench.pair("one");
  auto two = bench.pair("two");
  must(bench.set.attach(one.subscriber));
  must(bench.set.attach(two.subscriber));
  one.send();
  two.send();
  const auto first = bench.wait().at(0).id;
  CHECK(bench.wait().at(0).id != first);
  CHECK(bench.wait().at(0).id == first);
}

TEST_CASE("publishers that come and go are reported where that is asked for",
          "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto subscriber = must(bench.reading.subscriber<Small>("topic"));
  const auto id = must(bench.set.attach(subscriber, {.status = true}));
  CHECK(bench.wait(0ns).empty());
  std::optional publisher(must(bench.publishing.publisher<Small>("topic")));
  auto ready = bench.wait();
  REQUIRE(ready.size() == 1);
  CHECK(is(ready[0], id, WaitReason::Status));
  CHECK(subscriber.status().matched == 1);
  CHECK(bench.wait(0ns).empty());
  publisher.reset();
  ready = bench.wait();
  REQUIRE(ready.size() == 1);
  CHECK(is(ready[0], id, WaitReason::Status));
  CHECK(subscriber.status().unmatched == 1);
}

TEST_CASE("a wait set that nothing is attached to refuses to wait", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  check_refused(bench.set.wait(1s), "nothing is attached");
  check_refused(bench.set.run(), "nothing is attached");
  auto event = must(bench.set.add_event());
  CHECK(bench.wait(0ns).empty());
  CHECK(bench.set.detach(event.id()));
  check_refused(bench.set.wait(1s), "nothing is attached");
  event.trigger();
}

TEST_CASE("a subscriber is attached once, and the refusal says where it is",
          "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto subscriber = must(bench.reading.subscriber<Small>("topic"));
  auto other = must(bench.reading.wait_set());
  const auto id = must(bench.set.attach(subscriber));
  check_refused(bench.set.attach(subscriber), "'topic' is attached to this wait set");
  check_refused(other.attach(subscriber), "'topic' is attached to another wait set");
  CHECK_FALSE(other.detach(id));
  CHECK(bench.set.detach(id));
  CHECK_FALSE(bench.set.detach(id));
  CHECK(must(other.attach(subscriber)) != AttachmentId{});
}

TEST_CASE("a wait set waits for its own domain only", "[contract][wait_set]") {
  const auto kind = GENERATE(from_range(transports()));
  WaitSetBench here(kind);
  WaitSetBench there(kind);
  auto subscriber = must(there.reading.subscriber<Small>("topic"));
  check_refused(here.set.attach(subscriber), "different domains");
  must(there.set.attach(subscriber));
}

TEST_CASE("what makes no sense is refused with what is allowed", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto subscriber = must(bench.reading.subscriber<Small>("topic"));
  check_refused(bench.set.attach(subscriber, {.deadline = -1ns}), "deadline is -1 ns");
  check_refused(bench.set.add_interval(0ns), "interval of 0 ns");
  check_refused(bench.set.add_interval(-5ns), "interval of -5 ns");
  check_refused(bench.reading.wait_set({.spin = -1ns}), "spin is -1 ns");
  check_refused(bench.reading.wait_set({.spin = 1s}), "allowed is 0 to 1 ms");
}

TEST_CASE("a wait set that spins finds what one that sleeps finds", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto set = must(bench.reading.wait_set({.spin = 1ms}));
  auto pair = bench.pair("topic");
  const auto id = must(set.attach(pair.subscriber));
  CHECK(must(set.wait(3ms)).empty());
  pair.send();
  const auto ready = must(set.wait(kWatchdog));
  REQUIRE(ready.size() == 1);
  CHECK(is(ready[0], id, WaitReason::Message));
}

TEST_CASE("a wait set that is asked to stop waits no more, once", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto pair = bench.pair("topic");
  must(bench.set.attach(pair.subscriber));
  pair.send();
  bench.set.stop();
  bench.set.stop();
  CHECK(bench.wait(std::chrono::nanoseconds::max()).empty());
  CHECK(bench.wait().size() == 1);
}

TEST_CASE("an idle wait set sleeps, but for its safety", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  std::vector<Subscriber<Small>> subscribers;
  for (int i = 0; i < 3; ++i) {
    subscribers.push_back(must(bench.reading.subscriber<Small>("topic" + std::to_string(i))));
    must(bench.set.attach(subscribers.back()));
  }
  CHECK(bench.wait(1500ms).empty());
  CHECK(bench.set.counts().wakeups <= 2);
  CHECK(bench.set.counts().safety_wakeups == 0);
}

}  // namespace tarn::test
