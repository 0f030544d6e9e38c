// The process with the broker is killed a thousand times, in the middle of taking the role over as
// well as at work. Who comes next finds everything: messages flow on, nobody is refused, and in the end
// every byte is free. Seeded: --rng-seed repeats the choices, if not the moments.
#include <csignal>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <thread>

#include <tarn/tarn.hpp>

#include "tests/process/host_domain.hpp"
#include "tests/process/shared_word.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/effort.hpp"
#include "tests/support/seed.hpp"

namespace tarn::test {

namespace {

constexpr std::uint32_t kKills = effort(1000, 100);
constexpr std::uint32_t kHurriedEvery = 3;             // is killed while it is on its way
constexpr std::chrono::microseconds kMostHurry{4000};  // about what taking over takes
constexpr std::uint64_t kAhead = 8;                    // half a queue: never a reason to lose one

// A writer and a reader that never are the broker and never need one while they run. The writer waits
// for the reader, so that whatever is lost is lost by tarn.
class Stream {
 public:
  explicit Stream(const HostDomain& domain)
      : reader_(ChildProcess::start([&](Parent& parent) { read(parent, domain); })) {
    REQUIRE(reader_.next_report() == "ready");
    writer_.emplace(ChildProcess::start([&](Parent& parent) { write(parent, domain); }));
    REQUIRE(writer_->next_report() == "ready");
  }

  [[nodiscard]] std::uint64_t read_so_far() const { return read_.load(); }

  void finish() {
    stop_.store(1);
    CHECK(writer_->join() == kCleanExit);
    CHECK(reader_.join() == kCleanExit);
  }

 private:
  static constexpr std::uint64_t kLast = ~std::uint64_t{0};

  static NodeOptions guest(const HostDomain& domain, const char* name) {
    auto options = domain.node(name);
    options.broker = BrokerUse::External;
    return options;
  }

  void write(Parent& parent, const HostDomain& domain) {
    auto node = need(parent, Node::open(guest(domain, "writer")));
    auto publisher = need(parent, node.publisher<Large>("stream"));
    parent.report("ready");
    std::uint64_t number = 0;
    while (stop_.load() == 0) {
      if (number >= read_.load() + kAhead) {
        std::this_thread::yield();
        continue;
      }
      need(parent, publisher.send(numbered<Large>(1, ++number)));
    }
    need(parent, publisher.send(numbered<Large>(1, kLast)));
  }

  void read(Parent& parent, const HostDomain& domain) {
    auto node = need(parent, Node::open(guest(domain, "reader")));
    auto subscriber = need(parent, node.subscriber<Large>("stream"));
    parent.report("ready");
    for (;;) {
      const auto sample = subscriber.wait_take(kWatchdog);
      parent.check(static_cast<bool>(sample) && is_intact(*sample), "a message comes, whole");
      parent.check(sample.lost_before() == 0, "none is lost");
      if (sample->number == kLast) break;
      read_.store(sample->number);
    }
    parent.check(subscriber.counts().safety_wakeups == 0, "every wake-up was a bell");
  }

  SharedWord read_;
  SharedWord stop_;
  ChildProcess reader_;
  std::optional<ChildProcess> writer_;
};

// It is the broker as soon as there is none, and has the only place for a publisher, so that every host
// needs what the one before it left behind.
ChildProcess start_host(const HostDomain& domain) {
  return ChildProcess::start([&](Parent& parent) {
    auto node = need(parent, Node::open(domain.node("host")));
    parent.check(broker_threads() == 1, "whoever comes next is the broker");
    auto publisher = need(parent, node.publisher<Small>("place"));
    auto subscriber = need(parent, node.subscriber<Small>("place"));
    need(parent, publisher.send(numbered<Small>(1, 1)));
    const auto sample = subscriber.try_take();
    parent.check(static_cast<bool>(sample), "its own message comes");
    parent.report("ready");
    parent.wait_for_go();
  });
}

void kill_in_a_hurry(ChildProcess& host, std::mt19937& random) {
  std::uniform_int_distribution<std::int64_t> delay(0, kMostHurry.count());
  std::this_thread::sleep_for(std::chrono::microseconds(delay(random)));
  host.kill(SIGKILL);
  REQUIRE(host.join() == killed_by(SIGKILL));
}

}  // namespace

TEST_CASE("a thousand brokers are killed, nothing is lost and nobody refused",
          "[process][embedded]") {
  const HostDomain domain;
  std::mt19937 random(seed());
  auto first = start_host(domain);
  REQUIRE(first.next_report() == "ready");
  Stream stream(domain);
  auto options = domain.node("resident");
  options.broker = BrokerUse::External;
  std::optional<Node> resident(must(Node::open(options)));
  first.kill(SIGKILL);
  REQUIRE(first.join() == killed_by(SIGKILL));
  for (std::uint32_t kills = 1; kills < kKills; ++kills) {
    auto host = start_host(domain);
    if (kills % kHurriedEvery == 0) {
      kill_in_a_hurry(host, random);
      continue;
    }
    REQUIRE(host.next_report() == "ready");
    const std::uint64_t before = stream.read_so_far();
    must(resident->publisher<Small>("guest"));
    REQUIRE(wait_until([&] { return stream.read_so_far() > before; }));
    host.kill(SIGKILL);
    REQUIRE(host.join() == killed_by(SIGKILL));
  }
  {
    auto heir = domain.open("heir");
    CHECK(broker_threads() == 1);
    stream.finish();
    must(resident->publisher<Small>("guest"));
    resident.reset();
    const PoolObserver pool(domain.path());
    CHECK(wait_until([&] { return pool.usage().clients == 1; }));
    CHECK(pool.usage().rings == 0);
    CHECK(pool.usage().area_bytes == 0);
  }
  CHECK(domain.files().empty());
}

}  // namespace tarn::test
