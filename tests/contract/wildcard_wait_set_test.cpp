// What the users of a wait set rely on where a pattern's subscriber is attached to it. Topics come while the
// set sleeps, and everything is found because somebody rang.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
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

template <typename S>
void check_quiet(const WaitSet& set, const S& subscriber) {
  CHECK(set.counts().safety_wakeups == 0);
  const WildcardCounts counts = subscriber.counts();
  CHECK(counts.messages.lost() == 0);
  CHECK(counts.messages.safety_wakeups == 0);
  CHECK(counts.refused_topics == 0);
}

template <typename S>
void check_next(S& subscriber, const std::string& topic, std::uint64_t number) {
  const auto sample = subscriber.try_take();
  REQUIRE(sample);
  CHECK(std::string(sample.topic()) == topic);
  CHECK(sample->number == number);
}

// A new topic with one message on it, from another thread and once this one sleeps.
class Newcomer {
 public:
  Newcomer(TestedNode& node, std::string topic)
      : thread_([this, &node, topic = std::move(topic)] {
          let_sleep();
          auto made = node.publisher<Small>(topic);
          if (!made) return;
          publisher_.emplace(std::move(*made));
          (void)publisher_->send(numbered<Small>(1, 1));
        }) {}
  ~Newcomer() {
    if (thread_.joinable()) thread_.join();
  }
  Newcomer(const Newcomer&) = delete;
  Newcomer& operator=(const Newcomer&) = delete;

  [[nodiscard]] TestedPublisher<Small>& publisher() {
    if (thread_.joinable()) thread_.join();
    REQUIRE(publisher_);
    return *publisher_;
  }

 private:
  std::optional<TestedPublisher<Small>> publisher_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("a wait set tells of a message on any topic of a pattern",
          "[contract][wait_set][wildcard]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto front = must(bench.publishing.publisher<Small>("sensor/front"));
  auto back = must(bench.publishing.publisher<Small>("sensor/rear/back"));
  auto other = bench.pair("motor");
  auto sensors = must(bench.reading.wildcard_subscriber<Small>("sensor/**"));
  const auto sensors_id = must(bench.set.attach(sensors));
  const auto other_id = must(bench.set.attach(other.subscriber));
  CHECK(bench.wait(0ns).empty());
  for (std::uint64_t number = 1; number <= 3; ++number) {
    must(front.send(numbered<Small>(1, number)));
    // What is ready stays so until it is taken.
    for (int again = 0; again < 2; ++again) {
      const auto ready = bench.wait();
      REQUIRE(ready.size() == 1);
      CHECK(is(ready[0], sensors_id, WaitReason::Message));
    }
    check_next(sensors, "sensor/front", number);
    must(back.send(numbered<Small>(1, number)));
    other.send();
    CHECK(bench.wait().size() == 2);
    check_next(sensors, "sensor/rear/back", number);
    const auto ready = bench.wait();
    REQUIRE(ready.size() == 1);
    CHECK(is(ready[0], other_id, WaitReason::Message));
    CHECK(other.subscriber.try_take());
    CHECK(bench.wait(0ns).empty());
  }
  check_quiet(bench.set, sensors);
}

TEST_CASE("a wait set tells of a message on a topic of a pattern that came while it slept",
          "[contract][wait_set][wildcard]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto sensors = must(bench.reading.wildcard_subscriber<Small>("sensor/*"));
  const auto id = must(bench.set.attach(sensors));
  for (int i = 1; i <= 20; ++i) {
    const std::string topic = "sensor/number_" + std::to_string(i);
    Newcomer newcomer(bench.publishing, topic);
    auto ready = bench.wait();
    REQUIRE(ready.size() == 1);
    CHECK(is(ready[0], id, WaitReason::Message));
    check_next(sensors, topic, 1);
    must(newcomer.publisher().send(numbered<Small>(1, 2)));
    CHECK(bench.wait().size() == 1);
    check_next(sensors, topic, 2);
  }
  CHECK(sensors.counts().messages.received == 40);
  check_quiet(bench.set, sensors);
}

TEST_CASE("a wait set's fd tells of topics of a pattern that came meanwhile",
          "[contract][wait_set][wildcard][fd]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto sensors = must(bench.reading.wildcard_subscriber<Small>("sensor/*"));
  must(bench.set.attach(sensors));
  const int fd = must(bench.set.fd());
  for (int i = 1; i <= 10; ++i) {
    CHECK(bench.wait(0ns).empty());
    const std::string topic = "sensor/number_" + std::to_string(i);
    const Newcomer newcomer(bench.publishing, topic);
    std::size_t ready = 0;
    while (ready == 0) {
      REQUIRE(must(platform::wait_ready(fd, platform::Interest::Readable,
                                        platform::deadline_after(kWatchdog))));
      ready = bench.wait(0ns).size();
    }
    check_next(sensors, topic, 1);
  }
  check_quiet(bench.set, sensors);
}

TEST_CASE("a wait set that sleeps is woken by each topic of a pattern, among others",
          "[contract][wait_set][wildcard]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  constexpr std::uint64_t kMessages = 2000;
  std::vector<WaitSetBench::Pair> pairs;
  for (int i = 0; i < 4; ++i) pairs.push_back(bench.pair("topic" + std::to_string(i)));
  auto all = must(bench.reading.wildcard_subscriber<Small>("*"));
  std::map<std::string, std::uint64_t> last;
  std::uint64_t received = 0;
  std::uint64_t wrong = 0;
  std::atomic<std::uint64_t> taken{0};
  must(bench.set.attach(pairs[0].subscriber, {.callback = [&] {
                          if (!pairs[0].subscriber.try_take()) ++wrong;
                        }}));
  must(bench.set.attach(all, {.callback = [&] {
                          const auto sample = all.try_take();
                          const std::string topic(sample.topic());
                          if (!sample || sample->number != ++last[topic]) ++wrong;
                          taken = ++received;
                          if (received == kMessages) bench.set.stop();
                        }}));
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
  CHECK(last.size() == pairs.size());
  check_quiet(bench.set, all);
}

TEST_CASE("a pattern's subscriber is attached once, and the refusal says where it is",
          "[contract][wait_set][wildcard]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto sensors = must(bench.reading.wildcard_subscriber<Small>("sensor/**"));
  auto other = must(bench.reading.wait_set());
  check_refused(bench.set.attach(sensors, {.status = true}), "'sensor/**', which has no status()");
  const auto id = must(bench.set.attach(sensors));
  check_refused(bench.set.attach(sensors), "'sensor/**' is attached to this wait set");
  check_refused(other.attach(sensors), "'sensor/**' is attached to another wait set");
  CHECK(bench.set.detach(id));
  CHECK_FALSE(bench.set.detach(id));
  must(other.attach(sensors));
}

TEST_CASE("a pattern's subscriber that goes is detached", "[contract][wait_set][wildcard]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto pair = bench.pair("sensor");
  std::optional sensors(must(bench.reading.wildcard_subscriber<Small>("*")));
  const auto gone = must(bench.set.attach(*sensors));
  const auto id = must(bench.set.attach(pair.subscriber));
  pair.send();
  CHECK(bench.wait().size() == 2);
  const auto sample = sensors->try_take();
  pair.send();
  sensors.reset();
  const auto ready = bench.wait();
  REQUIRE(ready.size() == 1);
  CHECK(ready[0].id == id);
  CHECK_FALSE(bench.set.detach(gone));
  CHECK(is_intact(*sample));
}

TEST_CASE("a pattern's subscriber of a wait set that goes waits by itself again",
          "[contract][wait_set][wildcard]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto sensors = must(bench.reading.wildcard_subscriber<Small>("*"));
  std::optional set(must(bench.reading.wait_set()));
  must(set->attach(sensors));
  Newcomer first(bench.publishing, "first");
  CHECK(must(set->wait(kWatchdog)).size() == 1);
  CHECK(set->counts().safety_wakeups == 0);
  set.reset();
  check_next(sensors, "first", 1);
  CHECK_FALSE(sensors.wait_take(1ms));
  {
    const Newcomer second(bench.publishing, "second");
    CHECK(sensors.wait_take(kWatchdog).topic() == "second");
  }
  must(first.publisher().send(numbered<Small>(1, 2)));
  CHECK(sensors.wait_take(kWatchdog)->number == 2);
  must(bench.set.attach(sensors));
  check_quiet(bench.set, sensors);
}

TEST_CASE("an attached subscriber of a pattern may wait by itself, and is the set's again",
          "[contract][wait_set][wildcard]") {
  WaitSetBench bench(GENERATE(from_range(transports())));
  auto sensors = must(bench.reading.wildcard_subscriber<Small>("*"));
  must(bench.set.attach(sensors));
  std::optional<int> fd;
  SECTION("of one that sleeps on its bell") {}
  SECTION("of one that is waited for by its fd") { fd = must(bench.set.fd()); }
  for (int i = 1; i <= 20; ++i) {
    CHECK(bench.wait(0ns).empty());
    const std::string topic = "number_" + std::to_string(i);
    Newcomer newcomer(bench.publishing, topic);
    CHECK(sensors.wait_take(kWatchdog).topic() == topic);
    if (i % 2 == 0) CHECK_FALSE(sensors.wait_take(1ms));
    must(newcomer.publisher().send(numbered<Small>(1, 2)));
    if (fd) {
      REQUIRE(must(platform::wait_ready(*fd, platform::Interest::Readable,
                                        platform::deadline_after(kWatchdog))));
    }
    CHECK(bench.wait().size() == 1);
    check_next(sensors, topic, 2);
  }
  check_quiet(bench.set, sensors);
}

}  // namespace tarn::test
