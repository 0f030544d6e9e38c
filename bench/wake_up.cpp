// One-way latency between two sleeping processes, on one CPU and on two, beside the raw limit: a futex
// woken here, and a second one back. Waking an idle CPU of a virtual machine is dear; where both are
// pinned is part of every figure. Then the same for a publisher that waits for room in a ring of one
// slot: the take that makes room wakes it, and its message wakes the reader.
#include <chrono>
#include <cstdio>
#include <ctime>
#include <string>

#include "bench/support/ping_pong.hpp"

using namespace tarn::bench;

namespace {

constexpr std::uint32_t kRounds = 9;
constexpr std::uint32_t kBatches = 40;
constexpr std::uint32_t kBatchTrips = 16;

constexpr auto kNever = std::chrono::seconds(60);

enum Case : std::uint32_t { End, Raw, Small, Page, Full };

struct Shared {
  RawLines lines;
  alignas(64) std::uint32_t current;
};

struct Lines {
  Lines(tarn::Node& node, const std::string& out, const std::string& in)
      : small(node, out + "64", in + "64"), page(node, out + "4Ki", in + "4Ki") {}

  Line<Message64B> small;
  Line<Message4KiB> page;
};

// Where the two are pinned, and whether they spin before they sleep: a node that is opened on one CPU does
// not.
struct Where {
  const char* name;
  int echo_cpu;
  bool spins = false;
};

tarn::Node open_node(const Domain& domain, const char* name, const Where& where, int cpu) {
  if (where.spins) unpin();
  auto node =
      must(tarn::Node::open({.name = name, .runtime_directory = domain.runtime_directory()}));
  pin_to_cpu(cpu);
  return node;
}

// Takes and sleeps: each take makes room for the message after the next.
template <typename Wanted>
void take_messages(tarn::Subscriber<Message64B>& subscriber, Wanted wanted) {
  while (wanted()) {
    if (const auto sample = subscriber.wait_take(kEchoLooksUp)) {
      if (sample->words.front() != sample->words.back()) fail("torn message");
    }
  }
  while (subscriber.try_take()) {
  }
}

void run_echo(const Domain& domain, const Where& where, Shared& shared,
              const std::function<void()>& ready) {
  auto node = open_node(domain, "echo", where, where.echo_cpu);
  Lines lines(node, "pong/", "ping/");
  auto blocking = must(node.subscriber<Message64B>("full"));
  ready();
  for (;;) {
    const std::uint32_t current = load_word(&shared.current);
    const auto wanted = [&] { return load_word(&shared.current) == current; };
    switch (current) {
      case Raw:
        echo_futex(shared.lines, wanted);
        break;
      case Small:
        echo_messages<Message64B, Waiting::Sleeping>(lines.small, wanted);
        break;
      case Page:
        echo_messages<Message4KiB, Waiting::Sleeping>(lines.page, wanted);
        break;
      case Full:
        take_messages(blocking, wanted);
        break;
      default:
        return;
    }
  }
}

// What a publisher uses of its CPU while nobody makes room for a second.
void print_cpu_time(tarn::Publisher<Message64B>& publisher) {
  const auto cpu_time = [] {
    std::timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) * 1e3 + static_cast<double>(used.tv_nsec) / 1e6;
  };
  while (publisher.send(Message64B{}, {.timeout = std::chrono::nanoseconds(0)})) {
  }
  const double before = cpu_time();
  if (publisher.send(Message64B{}, {.timeout = std::chrono::seconds(1)})) fail("there was room");
  std::printf("  blocked for 1 s: %.3f ms of CPU time (asked: less than 1)\n", cpu_time() - before);
}

// The echo notices a new case when it looks up; the first trip of a batch must not pay for that.
template <typename Ping>
void switch_to(Shared& shared, Case which, std::uint64_t& trip, Ping ping) {
  store_word(&shared.current, which);
  ping(++trip);
}

void run(const Where& where) {
  tarn::broker::BrokerOptions options;
  for (const char* way : {"ping/", "pong/"}) {
    options.rules.rules.push_back(topic(std::string(way) + "64", 64, tarn::directory::Stamp::None));
    options.rules.rules.push_back(
        topic(std::string(way) + "4Ki", 4096, tarn::directory::Stamp::None));
  }
  auto full = topic("full", 64, tarn::directory::Stamp::None);
  full.depth = full.history = 1;
  full.overflow = tarn::directory::Overflow::Block;
  full.timeout = kNever;
  options.rules.rules.push_back(full);
  const Domain domain(std::move(options));
  auto& shared = *static_cast<Shared*>(share_memory(sizeof(Shared)));
  shared.current = Raw;
  Process echo([&](const auto& ready) { run_echo(domain, where, shared, ready); }, where.echo_cpu);
  auto node = open_node(domain, "ping", where, 0);
  Lines lines(node, "ping/", "pong/");
  auto blocking = must(node.publisher<Message64B>("full"));
  Times raw, bounded, small, page, blocked;
  std::uint64_t trip = 0;
  const auto ping_raw = [&](std::uint64_t number) {
    ping_futex(shared.lines, static_cast<std::uint32_t>(number), false);
  };
  const auto ping_bounded = [&](std::uint64_t number) {
    ping_futex(shared.lines, static_cast<std::uint32_t>(number), true);
  };
  const auto ping_small = [&](std::uint64_t number) {
    ping_message<Message64B, Waiting::Sleeping>(lines.small, number);
  };
  const auto ping_page = [&](std::uint64_t number) {
    ping_message<Message4KiB, Waiting::Sleeping>(lines.page, number);
  };
  const auto send_blocked = [&](std::uint64_t number) {
    Message64B message{};
    message.words.front() = message.words.back() = number;
    must(blocking.send(message));
  };
  for (std::uint32_t round = 0; round < kRounds; ++round) {
    switch_to(shared, Raw, trip, ping_raw);
    measure(raw, trip, kBatches, kBatchTrips, ping_raw);
    measure(bounded, trip, kBatches, kBatchTrips, ping_bounded);
    switch_to(shared, Small, trip, ping_small);
    measure(small, trip, kBatches, kBatchTrips, ping_small);
    switch_to(shared, Page, trip, ping_page);
    measure(page, trip, kBatches, kBatchTrips, ping_page);
    switch_to(shared, Full, trip, send_blocked);
    measure(blocked, trip, kBatches, kBatchTrips, send_blocked);
  }
  store_word(&shared.current, Raw);  // the echo takes nothing any more
  ping_raw(++trip);
  std::printf("wake-up: two processes sleeping, %s, %u rounds of %u round trips\n", where.name,
              kRounds, kBatches * kBatchTrips);
  print_times_header("to the limit");
  print_times("raw futex", raw, raw, 0);
  print_times("raw futex, bounded", bounded, raw, 0);
  print_times("64 B", small, raw, where.spins ? 0 : 1.15);
  print_times("4 KiB", page, raw, where.spins ? 0 : 1.15);
  print_times("64 B, blocked", blocked, raw, where.spins ? 0 : 1.3);
  print_cpu_time(blocking);
  store_word(&shared.current, End);
  if (!echo.join()) fail("the echo did not end well");
}

}  // namespace

int main() {
  pin_to_cpu(0);
  run({"both on CPU 0", 0});
  run({"CPU 0 and CPU 1", 1});
  run({"CPU 0 and CPU 1, spinning first", 1, true});
}
