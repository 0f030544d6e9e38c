// What coroutines rely on: streams over a wait set.
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <tarn/coroutine.hpp>
#include <tarn/tarn.hpp>

#include "tests/contract/wait_set_bench.hpp"
#include "tests/support/catch.hpp"

namespace tarn::test {

namespace {

using namespace std::chrono_literals;

using Numbers = std::vector<std::uint64_t>;

Stream<Small> open_stream(WaitSetBench& bench, WaitSetBench::Pair& pair,
                          AttachOptions options = {}) {
  return must(Stream<Small>::open(bench.set, std::move(pair.subscriber), std::move(options)));
}

Coroutine collect(Stream<Small>& stream, Numbers& to, std::uint64_t count, WaitSet& set) {
  while (to.size() < count) {
    const auto sample = co_await stream.next();
    if (!sample) co_return;
    to.push_back(sample->number);
  }
  set.stop();
}

}  // namespace

TEST_CASE("a coroutine awaits one message after the other", "[contract][coroutine]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto pair = bench.pair("topic");
  auto stream = open_stream(bench, pair);
  Numbers numbers;
  numbers.reserve(3);
  const auto collecting = collect(stream, numbers, 3, bench.set);
  CHECK_FALSE(collecting.done());
  (void)must(bench.set.add_interval(1ms, Callback([&] { pair.send(); })));
  REQUIRE(bench.set.run());
  CHECK(numbers == Numbers{1, 2, 3});
  CHECK(collecting.done());
}

TEST_CASE("a stream that nobody awaits keeps nobody awake and loses nothing",
          "[contract][coroutine]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto first = bench.pair("first");
  auto second = bench.pair("second");
  auto one = open_stream(bench, first);
  auto other = open_stream(bench, second);
  Numbers numbers;
  const auto alternate = [](Stream<Small>& left, Stream<Small>& right, Numbers& to,
                            WaitSet& set) -> Coroutine {
    for (int i = 0; i < 3; ++i) {
      to.push_back((co_await left.next())->number);
      to.push_back((co_await right.next())->number);
    }
    set.stop();
  };
  const auto alternating = alternate(one, other, numbers, bench.set);
  for (int i = 0; i < 3; ++i) second.send();
  // The second one has messages all the time, and the coroutine waits for the first.
  CHECK(bench.wait(1ms).empty());
  (void)must(bench.set.add_interval(1ms, Callback([&] { first.send(); })));
  REQUIRE(bench.set.run());
  CHECK(numbers == Numbers{1, 1, 2, 2, 3, 3});
}

TEST_CASE("the most urgent coroutine goes first", "[contract][coroutine]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto plain = bench.pair("plain");
  auto urgent = bench.pair("urgent");
  auto plain_stream = open_stream(bench, plain);
  auto urgent_stream = open_stream(bench, urgent, {.priority = 1});
  Numbers order;
  const auto note = [](Stream<Small>& stream, Numbers& to, std::uint64_t who,
                       WaitSet& set) -> Coroutine {
    for (;;) {
      const auto sample = co_await stream.next();
      to.push_back(who);
      if (to.size() == 6) set.stop();
    }
  };
  const auto first = note(plain_stream, order, 1, bench.set);
  const auto second = note(urgent_stream, order, 2, bench.set);
  for (int i = 0; i < 3; ++i) {
    plain.send();
    urgent.send();
  }
  REQUIRE(bench.set.run());
  CHECK(order == Numbers{2, 2, 2, 1, 1, 1});
}

TEST_CASE("a coroutine hears of silence where a deadline was asked for", "[contract][coroutine]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto pair = bench.pair("topic");
  auto stream = open_stream(bench, pair, {.deadline = 2ms});
  std::optional<TakeOutcome> heard;
  const auto listen = [](Stream<Small>& from, std::optional<TakeOutcome>& to,
                         WaitSet& set) -> Coroutine {
    to = (co_await from.next()).outcome();
    set.stop();
  };
  const auto listening = listen(stream, heard, bench.set);
  REQUIRE(bench.set.run());
  CHECK(heard == TakeOutcome::Empty);
}

TEST_CASE("a coroutine may be destroyed where it stands, and its stream be awaited by another one",
          "[contract][coroutine]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto pair = bench.pair("topic");
  auto stream = open_stream(bench, pair);
  Numbers numbers;
  (void)must(bench.set.add_event());
  { const auto gone = collect(stream, numbers, 1, bench.set); }
  pair.send();
  CHECK(bench.wait(0ns).empty());
  const auto collecting = collect(stream, numbers, 1, bench.set);
  CHECK(bench.wait(0ns).size() == 1);
}

TEST_CASE("a coroutine may be destroyed where it stands, and its stream may go with it",
          "[contract][coroutine]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto pair = bench.pair("topic");
  const auto own = [](Stream<Small> stream, int& taken) -> Coroutine {
    for (;;) {
      const auto sample = co_await stream.next();
      if (sample) ++taken;
      if (taken == 2) co_return;
    }
  };
  int taken = 0;
  SECTION("while it awaits") {
    (void)must(bench.set.add_event());
    { const auto gone = own(open_stream(bench, pair), taken); }
    pair.send();
    CHECK(bench.wait(0ns).empty());
  }
  SECTION("after it ended by itself") {
    const auto running = own(open_stream(bench, pair), taken);
    pair.send();
    pair.send();
    (void)must(bench.set.add_interval(1ms, Callback([&] {
                                        if (running.done()) bench.set.stop();
                                      })));
    REQUIRE(bench.set.run());
    CHECK(taken == 2);
  }
}

}  // namespace tarn::test
