// What event loops of one's own rely on: the fds of subscribers and wait sets.
#include <sys/epoll.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <tarn/tarn.hpp>

#include "platform/file_descriptor.hpp"
#include "platform/poll_wait.hpp"
#include "tests/contract/wait_set_bench.hpp"
#include "tests/support/catch.hpp"

namespace tarn::test {

namespace {

using namespace std::chrono_literals;
using platform::Interest;

bool readable(int fd) {
  return must(platform::wait_ready(fd, Interest::Readable, platform::MonotonicTime::min()));
}

bool becomes_readable(int fd) {
  return must(platform::wait_ready(fd, Interest::Readable, platform::deadline_after(kWatchdog)));
}

// A loop that is not ours, which watches one fd.
class Loop {
 public:
  explicit Loop(int fd, std::uint32_t events = EPOLLIN) : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    epoll_event event{};
    event.events = events;
    REQUIRE(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0);
  }
  // How often it reports within a round that does not wait.
  [[nodiscard]] int poll() const {
    epoll_event event{};
    return ::epoll_wait(epoll_.get(), &event, 1, 0);
  }
  [[nodiscard]] bool wakes() const {
    epoll_event event{};
    const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(kWatchdog);
    return ::epoll_wait(epoll_.get(), &event, 1, static_cast<int>(limit.count())) == 1;
  }

 private:
  platform::FileDescriptor epoll_;
};

}  // namespace

TEST_CASE("a subscriber's fd is readable while there is something to take", "[contract][fd]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto pair = bench.pair("topic");
  const int fd = must(pair.subscriber.fd());
  CHECK(must(pair.subscriber.fd()) == fd);
  CHECK_FALSE(readable(fd));

  for (int i = 0; i < 3; ++i) pair.send();
  CHECK(becomes_readable(fd));
  SECTION("after a single take of several") {
    CHECK(pair.subscriber.try_take()->number == 1);
    CHECK(readable(fd));
    CHECK(pair.subscriber.try_take()->number == 2);
    CHECK(readable(fd));
    CHECK(pair.subscriber.try_take()->number == 3);
  }
  SECTION("and no more once all are taken") {
    while (pair.subscriber.try_take()) {
    }
  }
  SECTION("also where the newest is read and the others are passed over") {
    CHECK(pair.subscriber.read_latest()->number == 3);
  }
  SECTION("also where they are waited for") {
    for (int i = 0; i < 3; ++i) CHECK(pair.subscriber.wait_take(kWatchdog));
    CHECK(readable(fd));
  }
  CHECK_FALSE(pair.subscriber.try_take());
  CHECK_FALSE(readable(fd));
  pair.send();
  CHECK(becomes_readable(fd));
}

TEST_CASE("a subscriber that reads nothing but the newest does not keep its loop awake",
          "[contract][fd]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto pair = bench.pair("topic");
  const int fd = must(pair.subscriber.fd());
  for (int round = 0; round < 3; ++round) {
    pair.send();
    pair.send();
    REQUIRE(becomes_readable(fd));
    CHECK(pair.subscriber.read_latest()->number == pair.sent);
    CHECK_FALSE(readable(fd));
  }
}

TEST_CASE("messages from before fd() make it readable", "[contract][fd]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  SECTION("those that came before it was asked for") {
    auto pair = bench.pair("topic");
    pair.send();
    const int fd = must(pair.subscriber.fd());
    CHECK(readable(fd));
    CHECK(pair.subscriber.try_take());
    CHECK_FALSE(pair.subscriber.try_take());
    CHECK_FALSE(readable(fd));
  }
  SECTION("those of the history") {
    auto publisher = must(bench.publishing.publisher<Small>("topic"));
    must(publisher.send(numbered<Small>(1, 1)));
    auto subscriber = must(bench.reading.subscriber<Small>("topic", {.history = 1}));
    const int fd = must(subscriber.fd());
    CHECK(readable(fd));
    CHECK(subscriber.try_take());
    CHECK_FALSE(subscriber.try_take());
    CHECK_FALSE(readable(fd));
  }
}

TEST_CASE("a publisher pays for an emptied queue once, however many messages follow",
          "[contract][fd]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto pair = bench.pair("topic");
  const int fd = must(pair.subscriber.fd());
  constexpr std::uint64_t kMessages = 10'000;
  for (int round = 0; round < 2; ++round) {
    std::uint64_t rung = 0;
    for (std::uint64_t i = 0; i < kMessages; ++i) {
      rung += must(pair.publisher.send(numbered<Small>(1, ++pair.sent))).woken;
    }
    CHECK(rung == 1);
    REQUIRE(readable(fd));
    while (pair.subscriber.try_take()) {
    }
    CHECK_FALSE(readable(fd));
  }
  const SubscriberCounts counts = pair.subscriber.counts();
  CHECK(counts.received + counts.lost() == 2 * kMessages);
}

TEST_CASE("an fd follows the publishers of its topic as they come and go", "[contract][fd]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto subscriber = must(bench.reading.subscriber<Small>("topic"));
  const int fd = must(subscriber.fd());
  for (std::uint32_t writer = 1; writer <= 3; ++writer) {
    auto publisher = must(bench.publishing.publisher<Small>("topic"));
    must(publisher.send(numbered<Small>(writer, 1)));
    REQUIRE(becomes_readable(fd));
    const auto sample = subscriber.wait_take(kWatchdog);
    REQUIRE(sample);
    CHECK(sample->writer == writer);
    while (subscriber.try_take()) {
    }
  }
  // Whatever closing rang for, it comes to rest.
  CHECK(wait_until([&] { return !subscriber.try_take() && !readable(fd); }));
}

TEST_CASE("a wait on a subscriber with an fd leaves it readable for what is left",
          "[contract][fd]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto pair = bench.pair("topic");
  const int fd = must(pair.subscriber.fd());
  SECTION("when it times out") {
    CHECK_FALSE(pair.subscriber.wait_take(1ms));
    CHECK_FALSE(readable(fd));
    pair.send();
    CHECK(becomes_readable(fd));
  }
  SECTION("when it did not have to sleep") {
    pair.send();
    pair.send();
    CHECK(pair.subscriber.wait_take(kWatchdog));
    CHECK(becomes_readable(fd));
  }
  SECTION("when it moves back") {
    pair.send();
    CHECK(pair.subscriber.wait_take(kWatchdog));
    CHECK_FALSE(pair.subscriber.try_take());
    CHECK_FALSE(readable(fd));
    must(pair.subscriber.seek(1));
    CHECK(readable(fd));
  }
}

TEST_CASE("an edge-triggered loop that takes until nothing is left misses nothing",
          "[contract][fd]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto pair = bench.pair("topic");
  const Loop loop(must(pair.subscriber.fd()), EPOLLIN | EPOLLET);
  for (std::uint64_t round = 0; round < 100; ++round) {
    pair.send();
    REQUIRE(loop.wakes());
    std::uint64_t taken = 0;
    while (pair.subscriber.try_take()) ++taken;
    REQUIRE(taken == 1);
  }
}

TEST_CASE("an edge-triggered loop hears of what a stopped wait left", "[contract][fd]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto pair = bench.pair("topic");
  must(bench.set.attach(pair.subscriber));
  const Loop loop(must(bench.set.fd()), EPOLLIN | EPOLLET);
  pair.send();
  bench.set.stop();
  REQUIRE(loop.wakes());
  REQUIRE(bench.wait(0ns).empty());
  REQUIRE(loop.wakes());
  CHECK(bench.wait(0ns).size() == 1);
}

TEST_CASE("subscribers of any message have an fd", "[contract][fd]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto publisher = must(bench.publishing.publisher<Small>("topic"));
  auto subscriber = must(bench.reading.untyped_subscriber("topic"));
  const int fd = must(subscriber.fd());
  REQUIRE(meet(publisher, subscriber));
  must(publisher.send(numbered<Small>(1, 1)));
  CHECK(becomes_readable(fd));
  CHECK(subscriber.try_take());
  CHECK_FALSE(subscriber.try_take());
  CHECK_FALSE(readable(fd));
}

TEST_CASE("an fd goes with its subscriber", "[contract][fd]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto pair = bench.pair("topic");
  auto loop = std::make_unique<Loop>(must(pair.subscriber.fd()));
  SECTION("moved, it stays the same") {
    const int fd = must(pair.subscriber.fd());
    auto moved = std::move(pair.subscriber);
    CHECK(must(moved.fd()) == fd);
    pair.send();
    CHECK(loop->wakes());
    CHECK(moved.try_take());
    loop.reset();
    auto gone = std::move(moved);
  }
  SECTION("destroyed, it is closed, and a loop that still watches it hears nothing more") {
    { auto gone = std::move(pair.subscriber); }
    must(pair.publisher.send(numbered<Small>(1, 1)));
    CHECK(loop->poll() == 0);
  }
}

TEST_CASE("a subscriber sleeps by its fd or in a wait set, not both", "[contract][fd]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto pair = bench.pair("topic");
  SECTION("with an fd, it cannot be attached") {
    (void)must(pair.subscriber.fd());
    check_refused(bench.set.attach(pair.subscriber), "by its fd()");
  }
  SECTION("attached, it has no fd of its own until it is detached") {
    const auto id = must(bench.set.attach(pair.subscriber));
    check_refused(pair.subscriber.fd(), "the wait set's fd()");
    REQUIRE(bench.set.detach(id));
    const int fd = must(pair.subscriber.fd());
    pair.send();
    CHECK(becomes_readable(fd));
  }
}

TEST_CASE("a wait set's fd is readable while a wait would report something", "[contract][fd]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto first = bench.pair("first");
  auto second = bench.pair("second");
  SECTION("a message of something attached before") {
    (void)must(bench.set.attach(first.subscriber));
    (void)must(bench.set.fd());
  }
  SECTION("or after it was asked for") {
    (void)must(bench.set.fd());
    (void)must(bench.set.attach(first.subscriber));
    CHECK(bench.wait(0ns).empty());
  }
  (void)must(bench.set.attach(second.subscriber));
  const int fd = must(bench.set.fd());
  CHECK(bench.wait(0ns).empty());
  CHECK_FALSE(readable(fd));

  first.send();
  first.send();
  REQUIRE(becomes_readable(fd));
  CHECK(bench.wait(0ns).size() == 1);
  CHECK(first.subscriber.try_take());
  CHECK(readable(fd));
  CHECK(bench.wait(0ns).size() == 1);
  CHECK(first.subscriber.try_take());
  CHECK(bench.wait(0ns).empty());
  CHECK_FALSE(readable(fd));
  second.send();
  CHECK(becomes_readable(fd));
  CHECK(bench.wait(0ns).size() == 1);
}

TEST_CASE("a wait set's fd is readable when a time has come or somebody asks", "[contract][fd]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  const int fd = must(bench.set.fd());
  SECTION("an interval") {
    const auto id = must(bench.set.add_interval(2ms));
    for (int i = 0; i < 3; ++i) {
      REQUIRE(becomes_readable(fd));
      const auto ready = bench.wait(0ns);
      if (!ready.empty()) CHECK(is(ready[0], id, WaitReason::Interval));
    }
  }
  SECTION("a deadline") {
    auto pair = bench.pair("topic");
    const auto id = must(bench.set.attach(pair.subscriber, {.deadline = 2ms}));
    REQUIRE(wait_until([&] {
      const auto ready = becomes_readable(fd) ? bench.wait(0ns) : std::vector<Ready>();
      return ready.size() == 1 && is(ready[0], id, WaitReason::DeadlineMissed);
    }));
  }
  SECTION("an event") {
    auto event = must(bench.set.add_event());
    CHECK(bench.wait(0ns).empty());
    CHECK_FALSE(readable(fd));
    event.trigger();
    event.trigger();
    REQUIRE(readable(fd));
    const auto ready = bench.wait(0ns);
    REQUIRE(ready.size() == 1);
    CHECK(ready[0].count == 2);
    CHECK(bench.wait(0ns).empty());
    CHECK_FALSE(readable(fd));
  }
  SECTION("stop()") {
    (void)must(bench.set.add_event());
    CHECK(bench.wait(0ns).empty());
    bench.set.stop();
    CHECK(readable(fd));
    CHECK(bench.wait(kWatchdog).empty());
    CHECK(bench.wait(0ns).empty());
    CHECK_FALSE(readable(fd));
  }
}

TEST_CASE("a wait on an attached subscriber leaves the set's fd readable for what is left",
          "[contract][fd]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto pair = bench.pair("topic");
  (void)must(bench.set.attach(pair.subscriber));
  const int fd = must(bench.set.fd());
  CHECK_FALSE(pair.subscriber.wait_take(1ms));
  pair.send();
  pair.send();
  CHECK(pair.subscriber.wait_take(kWatchdog));
  CHECK(readable(fd));
  CHECK(bench.wait(0ns).size() == 1);
}

TEST_CASE("a wait set with an fd waits and runs as one without", "[contract][fd]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  (void)must(bench.set.fd());
  auto pair = bench.pair("topic");
  std::uint64_t taken = 0;
  (void)must(bench.set.attach(pair.subscriber, {.callback = Callback([&] {
                                                  while (pair.subscriber.try_take()) ++taken;
                                                  if (taken == 3) bench.set.stop();
                                                })}));
  (void)must(bench.set.add_interval(1ms, Callback([&] {
                                      if (pair.sent < 3) pair.send();
                                    })));
  must(bench.set.run());
  CHECK(taken == 3);
  CHECK(bench.set.counts().safety_wakeups == 0);
}

}  // namespace tarn::test
