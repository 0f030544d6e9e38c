// Life without a broker, and with the next one: messages go on for as long as there is none, and when there
// is one again everybody turns to it and goes on where it was.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/process/shared_word.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/effort.hpp"
#include "tests/survive/broker/circle.hpp"

namespace tarn::test {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr const char* kTopic = "many";
constexpr std::uint32_t kClients = 64;  // with the one that publishes

std::chrono::seconds time_without_broker() {
  return std::getenv("TARN_SOAK") == nullptr ? 10s : 60s;
}

DomainOptions scene_options() {
  DomainOptions options{.topics = Circle::topics()};
  options.topics.push_back(listed(kTopic, sizeof(Large),
                                  {.depth = 8,
                                   .subscribers = kClients,
                                   .overflow = directory::Overflow::Block,
                                   .timeout = kWatchdog}));
  options.limits.clients = kClients;
  return options;
}

// A process that reads reliably, and says how far it is.
class Reader {
 public:
  Reader(const TestDomain& domain, std::uint32_t index)
      : process_(ChildProcess::start([&](Parent& parent) { read(parent, domain, index); })) {
    REQUIRE(process_.next_report() == "ready");
  }

  [[nodiscard]] std::uint64_t has_read() const { return read_.load(); }
  void finish() { CHECK(process_.join() == kCleanExit); }

 private:
  void read(Parent& parent, const TestDomain& domain, std::uint32_t index) {
    auto node = need(parent, Node::open(domain.node("reader" + std::to_string(index))));
    auto subscriber = need(parent, node.subscriber<Large>(kTopic));
    parent.report("ready");
    for (std::uint64_t number = 1;; ++number) {
      // No test stands still that long.
      const auto sample = subscriber.wait_take(1h);
      parent.check(sample && is_intact(*sample), "a message comes, and whole");
      if (sample->writer == 0) break;  // the last one
      parent.check(sample->number == number && sample.lost_before() == 0, "it is the next one");
      read_.store(number);
    }
    // What it has been granted goes on being its own, and it is granted more.
    need(parent, node.publisher<Small>("of_reader/" + std::to_string(index)));
    parent.check(subscriber.counts().lost() == 0, "nothing was lost");
    parent.check(subscriber.counts().safety_wakeups == 0, "every wake-up was a bell");
  }

  SharedWord read_;
  ChildProcess process_;
};

}  // namespace

TEST_CASE("messages go on for as long as there is no broker, and nothing is lost",
          "[survive][broker]") {
  TestDomain domain(scene_options());
  Circle circle(domain);
  // One to whom nothing happens all the while but that there is no broker.
  Reader waiting(domain, 0);
  auto node = domain.open("publishing");
  auto publisher = must(node.publisher<Large>(kTopic));
  must(publisher.send(numbered<Large>(1, 1)));
  domain.kill_broker();
  std::uint64_t laps = 0;
  const auto end = Clock::now() + time_without_broker();
  for (auto next = Clock::now(); next < end; next += 10ms, ++laps) {
    std::this_thread::sleep_until(next);
    circle.lap();
  }
  std::printf("%llu messages went round without a broker, nine hands each\n",
              static_cast<unsigned long long>(laps));
  must(publisher.send(numbered<Large>(1, 2)));
  CHECK(domain.start_broker() == broker::PoolOrigin::Adopted);
  circle.lap();
  must(publisher.send(numbered<Large>(1, 3)));
  must(publisher.send(numbered<Large>(0, 0)));
  waiting.finish();
  circle.finish();
}

TEST_CASE("sixty-four clients turn to the next broker, and their messages go on",
          "[survive][broker]") {
  TestDomain domain(scene_options());
  auto node = domain.open("publishing");
  auto publisher = must(node.publisher<Large>(kTopic));
  std::vector<std::unique_ptr<Reader>> readers;
  for (std::uint32_t i = 1; i < kClients; ++i) {
    readers.push_back(std::make_unique<Reader>(domain, i));
  }
  std::uint64_t number = 0;
  const auto send = [&](int count) {
    for (int i = 0; i < count; ++i) must(publisher.send(numbered<Large>(1, ++number)));
    REQUIRE(wait_until([&] {
      return std::all_of(readers.begin(), readers.end(),
                         [&](const auto& reader) { return reader->has_read() == number; });
    }));
  };
  send(10);
  for (int brokers = 0; brokers < effort(5, 2); ++brokers) {
    domain.kill_broker();
    send(10);
    const PoolObserver pool(domain.path());
    const std::uint64_t before = pool.header().connections;
    const auto begin = Clock::now();
    CHECK(domain.start_broker() == broker::PoolOrigin::Adopted);
    const auto served = Clock::now();
    CHECK(wait_until([&] { return pool.header().connections >= before + readers.size(); }));
    const auto back = Clock::now();
    std::printf("broker %d: serves after %lld us, all are back after %lld us\n", brokers,
                static_cast<long long>((served - begin) / 1us),
                static_cast<long long>((back - begin) / 1us));
    CHECK(pool.usage().clients == kClients);
    send(10);
  }
  must(publisher.send(numbered<Large>(0, 0)));
  for (const auto& reader : readers) reader->finish();
}

}  // namespace tarn::test
