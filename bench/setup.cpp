// What it takes before the first message: opening a node and creating a publisher against a running
// broker; a new publisher's first message reaching a subscriber that sleeps; and how much memory the
// broker and the client library hold beside the pool.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "bench/support/ping_pong.hpp"
#include "middleware/pool/pool_geometry.hpp"
#include "platform/file_mapping.hpp"

using namespace tarn::bench;

namespace {

constexpr std::uint32_t kRuns = 300;

tarn::Node open_node(const Domain& domain, const char* name) {
  return must(tarn::Node::open({.name = name, .runtime_directory = domain.runtime_directory()}));
}

void print_microseconds(const char* what, const std::vector<double>& times, double asked) {
  std::printf("  %-44s p50 %7.0f us  p99 %7.0f us  max %7.0f us  (asked: < %.0f us)\n", what,
              percentile(times, 0.5) / 1e3, percentile(times, 0.99) / 1e3,
              *std::max_element(times.begin(), times.end()) / 1e3, asked);
}

void measure_opening(const Domain& domain) {
  std::vector<double> times;
  for (std::uint32_t run = 0; run < kRuns; ++run) {
    const std::uint64_t start = tarn::stamp_now();
    auto node = open_node(domain, "opener");
    const auto publisher = must(node.publisher<Message64B>("setup/open"));
    times.push_back(static_cast<double>(tarn::stamp_now() - start));
  }
  print_microseconds("Node::open + create publisher", times, 2000);
}

struct Shared {
  alignas(64) std::uint32_t run;      // raised by the publisher's side when it starts
  alignas(64) std::uint32_t arrived;  // the run whose first message the subscriber has
  std::uint64_t arrived_at_ns;
};

// The subscriber reads until it has the message of this run, also when history brings an older one.
void await_first_messages(const Domain& domain, Shared& shared,
                          const std::function<void()>& ready) {
  auto node = open_node(domain, "waiting");
  auto subscriber = must(node.subscriber<Message64B>("setup/new", {.history = 1}));
  ready();
  for (std::uint32_t run = 1; run <= kRuns; ++run) {
    for (;;) {
      const auto sample = subscriber.wait_take(std::chrono::seconds(10));
      if (!sample) fail("the first message did not arrive");
      if (sample->words.front() == run) break;
    }
    shared.arrived_at_ns = tarn::stamp_now();
    store_word(&shared.arrived, run);
  }
}

// From before the publisher is asked for until the sleeping subscriber has its first message.
void measure_new_publishers(const Domain& domain) {
  auto& shared = *static_cast<Shared*>(share_memory(sizeof(Shared)));
  Process waiting([&](const auto& ready) { await_first_messages(domain, shared, ready); });
  auto node = open_node(domain, "newcomer");
  std::vector<double> times;
  for (std::uint32_t run = 1; run <= kRuns; ++run) {
    const std::uint64_t start = tarn::stamp_now();
    auto publisher = must(node.publisher<Message64B>("setup/new"));
    Message64B message{};
    message.words.front() = run;
    if (!publisher.send(message)) fail("send");
    while (load_word(&shared.arrived) != run) std::this_thread::yield();
    times.push_back(static_cast<double>(shared.arrived_at_ns - start));
  }
  print_microseconds("new publisher seen by a sleeping subscriber", times, 2000);
  if (!waiting.join()) fail("the subscriber did not end well");
}

// RssAnon + RssFile of a process: everything but shared memory, in KiB.
std::uint64_t private_kib(int pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  std::string line;
  std::uint64_t sum = 0;
  while (std::getline(status, line)) {
    if (line.rfind("RssAnon:", 0) == 0 || line.rfind("RssFile:", 0) == 0) {
      sum += std::stoull(line.substr(8));
    }
  }
  return sum;
}

void measure_memory(const Domain& domain) {
  const std::uint64_t before = private_kib(getpid());
  auto node = open_node(domain, "memory");
  auto publisher = must(node.publisher<Message4KiB>("setup/memory"));
  auto subscriber = must(node.subscriber<Message4KiB>("setup/memory"));
  if (!publisher.send(Message4KiB{}) || !subscriber.try_take()) fail("no message");
  const std::uint64_t after = private_kib(getpid());
  const auto geometry = must(tarn::pool::plan_geometry(
      {}, std::uint64_t{16} << 20, static_cast<std::uint32_t>(tarn::platform::page_bytes())));
  std::printf("memory beside the pool's chunks\n");
  std::printf("  broker, RssAnon + RssFile            %8llu KiB  (asked: < 5120)\n",
              static_cast<unsigned long long>(private_kib(domain.broker_pid())));
  std::printf("  client library, grown by             %8llu KiB  (asked: < 1024)\n",
              static_cast<unsigned long long>(after - before));
  std::printf("  directory + bells, default limits    %8llu KiB  (asked: < 512)\n",
              static_cast<unsigned long long>(
                  (geometry.directory_bytes() + geometry.bells_bytes()) / 1024));
  std::printf("  subscriber blocks, default limits    %8llu KiB\n",
              static_cast<unsigned long long>(std::uint64_t{geometry.blocks.count} *
                                              geometry.page_bytes / 1024));
}

}  // namespace

int main() {
  tarn::broker::BrokerOptions options;
  for (const char* name : {"setup/open", "setup/new", "setup/memory"}) {
    options.rules.rules.push_back(topic(name, 4096, tarn::directory::Stamp::Source));
  }
  const Domain domain(std::move(options));
  measure_memory(domain);
  std::printf("setup, %u runs\n", kRuns);
  measure_opening(domain);
  measure_new_publishers(domain);
}
