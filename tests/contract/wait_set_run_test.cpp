// What the users of a wait set rely on while it calls them back.
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

}  // namespace

TEST_CASE("a running wait set calls back for what is ready until one of them stops it",
          "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto pair = bench.pair("topic");
  std::vector<std::uint64_t> numbers;
  must(bench.set.attach(pair.subscriber, {.callback = [&] {
                          numbers.push_back(pair.subscriber.try_take()->number);
                          if (numbers.size() == 3) bench.set.stop();
                        }}));
  for (int i = 0; i < 5; ++i) pair.send();
  must(bench.set.run());
  CHECK(numbers == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(bench.set.counts().dispatched == 3);
  CHECK(bench.wait(0ns).size() == 1);
}

TEST_CASE("a callback learns what it is called for", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto silent = must(bench.reading.subscriber<Small>("silent"));
  std::vector<Ready> calls;
  const auto note = [&](const Ready& ready) {
    calls.push_back(ready);
    if (calls.size() == 3) bench.set.stop();
  };
  auto event = must(bench.set.add_event(note));
  const auto deadline = must(bench.set.attach(silent, {.callback = note, .deadline = 5ms}));
  event.trigger();
  event.trigger();
  must(bench.set.run());
  REQUIRE(calls.size() == 3);
  CHECK(is(calls[0], event.id(), WaitReason::Event));
  CHECK(calls[0].count == 2);
  CHECK(is(calls[1], deadline, WaitReason::DeadlineMissed));
  CHECK(is(calls[2], deadline, WaitReason::DeadlineMissed));
}

TEST_CASE("a stop from before ends the next run, and that one only", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  int calls = 0;
  must(bench.set.add_interval(1ms, [&] {
    if (++calls == 2) bench.set.stop();
  }));
  bench.set.stop();
  must(bench.set.run());
  CHECK(calls == 0);
  must(bench.set.run());
  CHECK(calls == 2);
}

TEST_CASE("a stop ends a run before its other callbacks", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  int calls = 0;
  const auto stop = [&] {
    ++calls;
    bench.set.stop();
  };
  auto first = must(bench.set.add_event(stop));
  auto second = must(bench.set.add_event(stop));
  first.trigger();
  second.trigger();
  must(bench.set.run());
  CHECK(calls == 1);
  must(bench.set.run());
  CHECK(calls == 2);
}

TEST_CASE("what is more urgent and comes meanwhile is called first", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto patient = bench.pair("patient");
  auto urgent = bench.pair("urgent");
  std::string order;
  must(bench.set.attach(patient.subscriber, {.callback = [&] {
                          order += 'p';
                          (void)patient.subscriber.try_take();
                          if (order == "p") urgent.send();
                          if (order.size() == 3) bench.set.stop();
                        }}));
  must(bench.set.attach(urgent.subscriber, {.callback =
                                                [&] {
                                                  order += 'U';
                                                  (void)urgent.subscriber.try_take();
                                                },
                                            .priority = 1}));
  patient.send();
  patient.send();
  must(bench.set.run());
  CHECK(order == "pUp");
}

TEST_CASE("a run needs a callback for everything", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  must(bench.set.add_event([] {}));
  const auto silent = must(bench.set.add_interval(1ms));
  check_refused(bench.set.run(), "has no callback");
  CHECK(bench.set.detach(silent));
  bench.set.stop();
  must(bench.set.run());
}

TEST_CASE("a callback may not wait for its own wait set", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  int refused = 0;
  auto event = must(bench.set.add_event([&] {
    const auto waited = bench.set.wait(0ns);
    if (!waited && waited.error().code() == Errc::InvalidArgument) ++refused;
    bench.set.stop();
    const auto ran = bench.set.run();
    if (!ran && ran.error().code() == Errc::InvalidArgument) ++refused;
  }));
  event.trigger();
  must(bench.set.run());
  CHECK(refused == 2);
}

TEST_CASE("a callback may detach its attachment and others", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  std::vector<UserEvent> events;
  int calls = 0;
  for (int i = 0; i < 3; ++i) {
    events.push_back(must(bench.set.add_event([&] {
      ++calls;
      for (const UserEvent& event : events) bench.set.detach(event.id());
    })));
  }
  for (UserEvent& event : events) event.trigger();
  check_refused(bench.set.run(), "nothing is attached");
  CHECK(calls == 1);
}

TEST_CASE("a callback may destroy its subscriber and others", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  std::vector<WaitSetBench::Pair> pairs;
  for (int i = 0; i < 3; ++i) pairs.push_back(bench.pair("topic" + std::to_string(i)));
  int calls = 0;
  for (auto& pair : pairs) {
    must(bench.set.attach(pair.subscriber, {.callback = [&] {
                            ++calls;
                            pairs.clear();
                          }}));
  }
  for (auto& pair : pairs) pair.send();
  check_refused(bench.set.run(), "nothing is attached");
  CHECK(calls == 1);
}

TEST_CASE("a callback may attach, and is called for what it attached", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  std::optional<Subscriber<Small>> late;
  auto publisher = must(bench.publishing.publisher<Small>("late"));
  must(publisher.send(numbered<Small>(1, 1)));
  std::uint64_t number = 0;
  auto event = must(bench.set.add_event([&] {
    late = must(bench.reading.subscriber<Small>("late", {.history = 1}));
    must(bench.set.attach(*late, {.callback = [&] {
      number = late->try_take()->number;
      bench.set.stop();
    }}));
  }));
  event.trigger();
  must(bench.set.run());
  CHECK(number == 1);
}

}  // namespace tarn::test
