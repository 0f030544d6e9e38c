// What the users of a wait set rely on while other threads publish, trigger and stop. Everything is found
// because somebody rang: main's listener fails the run when it was the safety.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <tarn/tarn.hpp>

#include "platform/poll_wait.hpp"
#include "tests/contract/wait_set_bench.hpp"
#include "tests/support/catch.hpp"

namespace tarn::test {

namespace {

using namespace std::chrono_literals;

// Gives the other thread the time to fall asleep; what is claimed holds either way.
void let_sleep() { std::this_thread::sleep_for(2ms); }

}  // namespace

TEST_CASE("a wait set that sleeps is woken by each of its topics", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  constexpr std::uint64_t kMessages = 2000;
  std::vector<WaitSetBench::Pair> pairs;
  for (int i = 0; i < 4; ++i) pairs.push_back(bench.pair("topic" + std::to_string(i)));
  std::uint64_t received = 0;
  std::uint64_t wrong = 0;
  std::atomic<std::uint64_t> taken{0};
  for (auto& pair : pairs) {
    must(bench.set.attach(pair.subscriber, {.callback = [&, next = std::uint64_t{1}]() mutable {
                            if (pair.subscriber.try_take()->number != next++) ++wrong;
                            taken = ++received;
                            if (received == kMessages) bench.set.stop();
                          }}));
  }
  std::thread sender([&] {
    for (std::uint64_t i = 0; i < kMessages; ++i) {
      auto& pair = pairs[i % pairs.size()];
      if (!pair.publisher.send(numbered<Small>(1, ++pair.sent))) break;
      // Half of the time it has nothing left, and goes to sleep.
      while (i % 2 == 0 && taken <= i) std::this_thread::yield();
    }
  });
  must(bench.set.run());
  sender.join();
  CHECK(received == kMessages);
  CHECK(wrong == 0);
  CHECK(bench.set.counts().safety_wakeups == 0);
}

TEST_CASE("a publisher that comes while a wait set sleeps is heard", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto subscriber = must(bench.reading.subscriber<Small>("topic"));
  const auto id = must(bench.set.attach(subscriber));
  std::thread thread([&] {
    let_sleep();
    auto publisher = bench.publishing.publisher<Small>("topic");
    if (publisher) (void)publisher->send(numbered<Small>(1, 1));
  });
  const auto ready = bench.wait();
  thread.join();
  REQUIRE(ready.size() == 1);
  CHECK(is(ready[0], id, WaitReason::Message));
  CHECK(subscriber.try_take()->number == 1);
}

TEST_CASE("an attached subscriber may wait by itself, and is the set's again",
          "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto pair = bench.pair("topic");
  must(bench.set.attach(pair.subscriber));
  constexpr std::uint64_t kMessages = 200;
  std::atomic<std::uint64_t> taken{0};
  std::thread sender([&] {
    for (std::uint64_t i = 1; i <= kMessages; ++i) {
      if (!pair.publisher.send(numbered<Small>(1, i))) break;
      while (taken < i) std::this_thread::yield();
    }
  });
  for (std::uint64_t i = 1; i <= kMessages; ++i) {
    if (i % 2 == 0) {
      CHECK(bench.wait().size() == 1);
      CHECK(pair.subscriber.try_take()->number == i);
    } else {
      CHECK(pair.subscriber.wait_take(kWatchdog)->number == i);
    }
    taken = i;
  }
  sender.join();
}

TEST_CASE("what a seek goes back to is in the next wait, whatever else there is",
          "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto busy = bench.pair("busy");
  auto read = bench.pair("read");
  read.send();
  REQUIRE(read.subscriber.try_take());
  must(bench.set.attach(busy.subscriber));
  must(bench.set.attach(read.subscriber));
  std::thread sender([&] {
    let_sleep();
    (void)busy.publisher.send(numbered<Small>(1, 1));
  });
  CHECK(bench.wait().size() == 1);
  sender.join();
  must(read.subscriber.seek(1));
  CHECK(bench.wait(0ns).size() == 2);
}

TEST_CASE("a publisher that comes while a subscriber waits by itself is heard by the fd later",
          "[contract][fd]") {
  WaitSetBench bench(GENERATE(from_range(transports_here())));
  auto subscriber = must(bench.reading.subscriber<Small>("topic"));
  int fd = -1;
  SECTION("of the subscriber") { fd = must(subscriber.fd()); }
  SECTION("of the wait set that it is attached to") {
    must(bench.set.attach(subscriber));
    fd = must(bench.set.fd());
    CHECK(bench.wait(0ns).empty());
  }
  std::optional<TestedPublisher<Small>> publisher;
  std::thread thread([&] {
    let_sleep();
    auto made = bench.publishing.publisher<Small>("topic");
    if (made) publisher.emplace(std::move(*made));
  });
  must(subscriber.wait_for_publishers(1, kWatchdog));
  thread.join();
  REQUIRE(publisher);
  must(publisher->send(numbered<Small>(1, 1)));
  CHECK(must(
      platform::wait_ready(fd, platform::Interest::Readable, platform::deadline_after(kWatchdog))));
  CHECK(subscriber.try_take()->number == 1);
}

TEST_CASE("a wait does not end early where a ring of one slot is written anew all the time",
          "[contract][wait_set]") {
  const auto transport =
      GENERATE(from_range(transports_here()))
          .open({.topics = {listed("topic", sizeof(Small), {.depth = 1, .publishers = 1})}});
  auto publishing = must(Node::open(transport->publishing_node("publishing")));
  auto reading = must(Node::open(transport->reading_node("reading")));
  auto publisher = must(publishing.publisher<Small>("topic"));
  auto subscriber = must(reading.subscriber<Small>("topic"));
  auto set = must(reading.wait_set());
  must(set.attach(subscriber));
  std::atomic<bool> done{false};
  std::thread sender([&] {
    for (std::uint64_t i = 1; !done; ++i) {
      if (!publisher.send(numbered<Small>(1, i))) break;
    }
  });
  std::uint64_t empty = 0;
  for (int i = 0; i < 100'000; ++i) {
    const auto ready = set.wait(kWatchdog);
    if (!ready || ready->empty()) ++empty;
  }
  done = true;
  sender.join();
  CHECK(empty == 0);
}

TEST_CASE("no trigger is lost, whoever triggers", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  constexpr int kThreads = 3;
  constexpr std::uint64_t kTriggers = 5000;
  std::vector<std::uint64_t> counted(2);
  std::vector<UserEvent> events;
  for (std::uint64_t& count : counted) {
    events.push_back(must(bench.set.add_event([&](const Ready& ready) {
      count += ready.count;
      if (counted[0] + counted[1] == kThreads * kTriggers) bench.set.stop();
    })));
  }
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([events, t]() mutable {
      for (std::uint64_t i = 0; i < kTriggers; ++i) events[(i + t) % events.size()].trigger();
    });
  }
  must(bench.set.run());
  for (std::thread& thread : threads) thread.join();
  CHECK(counted[0] == kThreads * kTriggers / 2);
  CHECK(counted[1] == kThreads * kTriggers / 2);
  CHECK(bench.set.counts().safety_wakeups == 0);
}

TEST_CASE("what was written before a trigger or a stop is seen behind it", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  constexpr int kRounds = 500;
  int plain = 0;
  std::atomic<int> seen{0};
  auto event = must(bench.set.add_event());
  std::thread thread([&] {
    for (int round = 1; round <= kRounds; ++round) {
      plain = round;
      if (round % 2 == 0) {
        event.trigger();
      } else {
        bench.set.stop();
      }
      while (seen < round) std::this_thread::yield();
    }
  });
  int wrong = 0;
  for (int round = 1; round <= kRounds; ++round) {
    const auto ready = bench.wait();
    if (plain != round || ready.size() != (round % 2 == 0 ? 1U : 0U)) ++wrong;
    seen = round;
  }
  thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("a run that sleeps is stopped by another thread", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto pair = bench.pair("topic");
  must(bench.set.attach(pair.subscriber, {.callback = [] {}}));
  for (int i = 0; i < 20; ++i) {
    std::thread thread([&, i] {
      if (i % 2 == 0) let_sleep();
      bench.set.stop();
    });
    must(bench.set.run());
    thread.join();
  }
  CHECK(bench.set.counts().dispatched == 0);
}

TEST_CASE("triggers that meet the end of their wait set do no harm", "[contract][wait_set]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  for (int i = 0; i < 50; ++i) {
    std::optional set(must(bench.reading.wait_set()));
    auto event = must(set->add_event());
    std::atomic<bool> ready{false};
    std::thread thread([&ready, event]() mutable {
      for (int trigger = 0; trigger < 100; ++trigger) {
        event.trigger();
        ready = true;
      }
    });
    while (!ready) std::this_thread::yield();
    set.reset();
    thread.join();
  }
}

}  // namespace tarn::test
