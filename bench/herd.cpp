// Waking many at once: one publish for 16 subscribers that sleep, beside the raw limit, one FUTEX_WAKE of
// all for 16 threads on one shared word. Subscribers of one ring sleep on its bell; those that read two
// rings, on one bell each, show what that saves. The sleepers are pinned to CPU 1, who wakes them to CPU 0.
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "bench/support/processes.hpp"
#include "bench/support/raw_limits.hpp"
#include "bench/support/statistics.hpp"

#include <tarn/tarn.hpp>

using namespace tarn::bench;

namespace {

constexpr std::uint32_t kSleepers = 16;
constexpr std::uint32_t kRounds = 9;
constexpr std::uint32_t kWakes = 60;
constexpr double kAsked = 2.0;

struct Message {
  std::uint64_t trip;
};
TARN_MESSAGE(Message, trip)

enum Case : std::uint32_t { Raw, OneRing, TwoRings, End };

struct Shared {
  alignas(64) std::uint32_t current;
  alignas(64) std::uint32_t word;   // what the raw case sleeps on
  alignas(64) std::uint32_t awake;  // how many have been woken, all told
};

void say_awake(Shared& shared) { __atomic_fetch_add(&shared.awake, 1, __ATOMIC_RELEASE); }

void sleep_raw(Shared& shared) {
  std::uint32_t seen = load_word(&shared.word);
  while (load_word(&shared.current) == Raw) {
    const std::uint32_t value = load_word(&shared.word);
    if (value != seen) {
      seen = value;
      say_awake(shared);
    } else {
      (void)tarn::platform::futex_wait(&shared.word, seen,
                                       tarn::platform::deadline_after(kEchoLooksUp));
    }
  }
}

void sleep_on(Shared& shared, tarn::Subscriber<Message>& subscriber, Case current) {
  while (load_word(&shared.current) == current) {
    if (subscriber.wait_take(kEchoLooksUp)) say_awake(shared);
  }
}

tarn::Node open_node(const Domain& domain, const char* name) {
  return must(tarn::Node::open({.name = name, .runtime_directory = domain.runtime_directory()}));
}

void run_sleepers(const Domain& domain, Shared& shared, const std::function<void()>& ready) {
  auto node = open_node(domain, "sleepers");
  struct Ends {
    tarn::Subscriber<Message> one, two;
  };
  std::vector<Ends> ends;
  for (std::uint32_t i = 0; i < kSleepers; ++i) {
    ends.push_back({must(node.subscriber<Message>("one")), must(node.subscriber<Message>("two"))});
  }
  ready();
  std::vector<std::thread> threads;
  for (Ends& end : ends) {
    threads.emplace_back([&shared, &end] {
      for (std::uint32_t current = load_word(&shared.current); current != End;
           current = load_word(&shared.current)) {
        if (current == Raw) sleep_raw(shared);
        if (current == OneRing) sleep_on(shared, end.one, OneRing);
        if (current == TwoRings) sleep_on(shared, end.two, TwoRings);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// What a wake-up cost so far, in nanoseconds.
struct Costs {
  std::vector<double> call;  // of the one who wakes
  std::vector<double> all;   // until the last one is awake
};

// `wake` once more when all sleep, which nobody says: their CPU has had time enough.
template <typename Wake>
void measure(Shared& shared, Costs& costs, Wake wake) {
  for (std::uint32_t i = 0; i < kWakes; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    const std::uint32_t before = load_word(&shared.awake);
    const std::uint64_t start = tarn::stamp_now();
    wake();
    const std::uint64_t woken = tarn::stamp_now();
    while (load_word(&shared.awake) - before < kSleepers) {
    }
    if (i == 0) continue;  // they had not all turned to this case
    costs.call.push_back(static_cast<double>(woken - start));
    costs.all.push_back(static_cast<double>(tarn::stamp_now() - start));
  }
}

void print(const char* what, const Costs& costs, const Costs& raw, double asked) {
  const double call = median(costs.call) / median(raw.call);
  const double all = median(costs.all) / median(raw.all);
  std::printf("  %-24s %9.0f ns %6.2f x   %9.0f ns %6.2f x", what, median(costs.call), call,
              median(costs.all), all);
  if (asked > 0) std::printf("   (asked: <= %.1f)", asked);
  std::printf("\n");
}

void switch_to(Shared& shared, Case which) {
  store_word(&shared.current, which);
  std::this_thread::sleep_for(3 * kEchoLooksUp);
}

}  // namespace

int main() {
  tarn::broker::BrokerOptions options;
  for (const char* name : {"one", "two"}) {
    auto listed = topic(name, sizeof(Message), tarn::directory::Stamp::None);
    listed.subscribers = kSleepers;
    listed.publishers = 2;
    options.rules.rules.push_back(listed);
  }
  const Domain domain(std::move(options));
  auto& shared = *static_cast<Shared*>(share_memory(sizeof(Shared)));
  shared.current = Raw;
  pin_to_cpu(0);
  Process sleepers([&](const auto& ready) { run_sleepers(domain, shared, ready); }, 1);
  auto node = open_node(domain, "waker");
  auto one = must(node.publisher<Message>("one"));
  auto two = must(node.publisher<Message>("two"));
  const auto silent = must(node.publisher<Message>("two"));
  Costs raw, shared_bell, own_bells;
  const auto send = [](tarn::Publisher<Message>& publisher) {
    if (must(publisher.send({.trip = 1})).woken != kSleepers) fail("not all of them slept");
  };
  for (std::uint32_t round = 0; round < kRounds; ++round) {
    switch_to(shared, Raw);
    measure(shared, raw, [&] {
      __atomic_fetch_add(&shared.word, 1, __ATOMIC_RELEASE);
      tarn::platform::futex_wake(&shared.word, tarn::platform::kWakeAll);
    });
    switch_to(shared, OneRing);
    measure(shared, shared_bell, [&] { send(one); });
    switch_to(shared, TwoRings);
    measure(shared, own_bells, [&] { send(two); });
  }
  std::printf("herd: %u sleepers on CPU 1 woken from CPU 0, %u rounds of %u wake-ups\n", kSleepers,
              kRounds, kWakes - 1);
  std::printf("  %-24s %21s   %21s\n", "", "the call", "until all are awake");
  print("raw FUTEX_WAKE of all", raw, raw, 0);
  print("one ring, its bell", shared_bell, raw, kAsked);
  print("two rings, own bells", own_bells, raw, 0);
  store_word(&shared.current, End);
  if (!sleepers.join()) fail("the sleepers did not end well");
}
