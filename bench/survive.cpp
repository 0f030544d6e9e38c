// What a death costs the others: how soon the broker knows of it, how soon everything that the dead had can
// be had again, how long it takes until everybody is back after the broker itself was killed, and whether who
// dies may come again at once under its name. Asked figures are for any machine; where everything else runs on
// the same two CPUs, most of what is measured is waiting for one.
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bench/support/ping_pong.hpp"
#include "middleware/directory/records_layout.hpp"
#include "middleware/pool/pool_mapping.hpp"
#include "middleware/ring/atomics.h"
#include "platform/shared_file.hpp"

using namespace tarn::bench;

namespace {

constexpr std::uint32_t kDeaths = 300;
constexpr std::uint32_t kRestarts = 1000;
constexpr std::uint32_t kClients = 64;
constexpr std::uint32_t kBrokers = 20;
constexpr std::uint32_t kBeforeDeath = 100;  // messages
constexpr const char* kTopic = "survive/topic";

tarn::NodeOptions node_of(const Domain& domain, const std::string& name) {
  // None of them is to be the next broker itself.
  return {.name = name,
          .runtime_directory = domain.runtime_directory(),
          .broker = tarn::BrokerUse::External};
}

// The pool as an observer sees it, mapped read-only.
class Pool {
 public:
  explicit Pool(const Domain& domain)
      : mapping_(must(tarn::pool::PoolMapping::attach(
            must(tarn::platform::open_file(domain.runtime_directory() + "/pool",
                                           tarn::platform::FileAccess::ReadOnly)),
            false))) {}

  // relaxed, all: what is measured is when they change, and nothing is read behind them.
  [[nodiscard]] std::uint64_t connections() const {
    return tarn_load_relaxed_u64(&mapping_->view().header().connections);
  }
  [[nodiscard]] std::uint64_t area_bytes() const {
    return tarn_load_relaxed_u64(&mapping_->view().header().area_bytes_used);
  }
  // How many clients' records are in a state, or in any but Free.
  [[nodiscard]] std::uint32_t active() const { return count(true); }
  [[nodiscard]] std::uint32_t in_use() const { return count(false); }

 private:
  [[nodiscard]] std::uint32_t count(bool only_active) const {
    using tarn::directory::RecordState;
    const auto& table = mapping_->view().geometry().clients;
    std::uint32_t found = 0;
    for (std::uint32_t i = 0; i < table.count; ++i) {
      const auto* record = mapping_->view().record<tarn::directory::ClientRecordLayout>(table, i);
      const auto state = tarn::directory::record_state(tarn_load_relaxed_u64(&record->state));
      if (only_active ? state == RecordState::Active : state != RecordState::Free) ++found;
    }
    return found;
  }

  std::shared_ptr<tarn::pool::PoolMapping> mapping_;
};

// Returns when it holds: how long after `start` that was, in nanoseconds.
template <typename Condition>
double time_until(std::uint64_t start, const char* what, Condition holds) {
  constexpr std::uint64_t kLimitNs = 30'000'000'000;
  while (!holds()) {
    if (tarn::stamp_now() - start > kLimitNs) fail(std::string("never: ") + what);
    std::this_thread::yield();
  }
  return static_cast<double>(tarn::stamp_now() - start);
}

void print_milliseconds(const char* what, const std::vector<double>& times, double asked) {
  std::printf("  %-52s p50 %7.2f ms  p99 %7.2f ms  max %7.2f ms  (asked: p99 <= %.0f ms)\n", what,
              percentile(times, 0.5) / 1e6, percentile(times, 0.99) / 1e6,
              *std::max_element(times.begin(), times.end()) / 1e6, asked);
  std::fflush(stdout);  // or children that fail would print it again
}

// Takes for ever.
void read_for_ever(const Domain& domain, const std::function<void()>& ready) {
  auto node = must(tarn::Node::open(node_of(domain, "reader")));
  auto subscriber = must(node.subscriber<Message4KiB>(kTopic));
  ready();
  for (;;) (void)subscriber.wait_take(std::chrono::seconds(10));
}

// Publishes for ever, as fast as it can.
void publish_for_ever(const Domain& domain, std::uint32_t& published) {
  auto node = must(tarn::Node::open(node_of(domain, "phoenix")));
  auto publisher = must(node.publisher<Message4KiB>(kTopic));
  for (std::uint32_t number = 1;; ++number) {
    if (!publisher.send(Message4KiB{})) fail("send");
    store_word(&published, number);
  }
}

// A publisher at work is killed, with a reader that sleeps between its messages.
void measure_deaths(const Domain& domain) {
  const Pool pool(domain);
  Process reader([&](const auto& ready) { read_for_ever(domain, ready); });
  auto& published = *static_cast<std::uint32_t*>(share_memory(sizeof(std::uint32_t)));
  std::vector<double> detected;
  std::vector<double> reclaimed;
  for (std::uint32_t death = 0; death < kDeaths; ++death) {
    store_word(&published, 0);
    Process publisher([&](const auto& ready) {
      ready();
      publish_for_ever(domain, published);
    });
    while (load_word(&published) < kBeforeDeath) std::this_thread::yield();
    const std::uint64_t start = tarn::stamp_now();
    kill(publisher.pid(), SIGKILL);
    detected.push_back(time_until(start, "a death is noticed", [&] { return pool.active() == 1; }));
    reclaimed.push_back(time_until(start, "all that the dead had is free",
                                   [&] { return pool.in_use() == 1 && pool.area_bytes() == 0; }));
    publisher.join();
  }
  std::printf("a publisher is killed at work, %u times\n", kDeaths);
  print_milliseconds("SIGKILL until the broker cleans up", detected, 10);
  print_milliseconds("SIGKILL until its record and its area are free", reclaimed, 50);
}

// Who dies comes again at once, under its name, to a topic that has room for one publisher.
void measure_restarts(const Domain& domain) {
  auto& published = *static_cast<std::uint32_t*>(share_memory(sizeof(std::uint32_t)));
  std::vector<double> restarts;
  for (std::uint32_t life = 0; life < kRestarts; ++life) {
    store_word(&published, 0);
    const std::uint64_t start = tarn::stamp_now();
    // One that is refused ends the benchmark.
    Process publisher([&](const auto& ready) {
      ready();
      publish_for_ever(domain, published);
    });
    restarts.push_back(
        time_until(start, "a publisher comes again", [&] { return load_word(&published) > 0; }));
    publisher.kill_at_once();
  }
  std::printf("killed and started again under the same name, %u times: 0 refused  (asked: 0)\n",
              kRestarts);
  print_milliseconds("fork until the first message is out", restarts, 1000);
}

void sleep_for_ever(const Domain& domain, std::uint32_t number,
                    const std::function<void()>& ready) {
  auto node = must(tarn::Node::open(node_of(domain, "client" + std::to_string(number))));
  auto subscriber = must(node.subscriber<Message64B>("survive/crowd"));
  ready();
  for (;;) (void)subscriber.wait_take(std::chrono::seconds(10));
}

// Processes that sleep for messages when their broker is killed.
void measure_brokers(Domain& domain) {
  const Pool pool(domain);
  std::vector<std::unique_ptr<Process>> clients;
  for (std::uint32_t number = 0; number < kClients; ++number) {
    clients.push_back(std::make_unique<Process>(
        [&](const auto& ready) { sleep_for_ever(domain, number, ready); }));
  }
  std::vector<double> from_death;
  std::vector<double> from_start;
  for (std::uint32_t broker = 0; broker < kBrokers; ++broker) {
    const std::uint64_t before = pool.connections();
    const std::uint64_t death = tarn::stamp_now();
    domain.kill_broker();
    const std::uint64_t start = tarn::stamp_now();
    domain.start_broker();
    const auto all_are_back = [&] { return pool.connections() >= before + kClients; };
    from_start.push_back(time_until(start, "all clients are back", all_are_back));
    from_death.push_back(static_cast<double>(tarn::stamp_now() - death));
  }
  std::printf("the broker of %u sleeping clients is killed, %u times\n", kClients, kBrokers);
  print_milliseconds("the next one's start until all have reconnected", from_start, 500);
  print_milliseconds("SIGKILL of the one before until then", from_death, 500);
}

}  // namespace

int main() {
  tarn::broker::BrokerOptions options;
  options.rules.rules.push_back(topic(kTopic, 4096, tarn::directory::Stamp::Source));
  tarn::plan::TopicRule crowd = topic("survive/crowd", 64, tarn::directory::Stamp::Source);
  crowd.subscribers = kClients;
  options.rules.rules.push_back(crowd);
  Domain domain(std::move(options));
  measure_deaths(domain);
  measure_restarts(domain);
  measure_brokers(domain);
}
