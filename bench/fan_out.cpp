// What a publisher pays for its subscribers: loan, write 8 bytes, publish, with 0 to 100 subscribers
// attached that neither sleep nor poll. They live in another process. Stamps are on.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <string>
#include <vector>

#include "bench/support/ping_pong.hpp"

using namespace tarn::bench;

namespace {

constexpr std::uint32_t kRounds = 15;
constexpr std::uint32_t kMessages = 200'000;
constexpr const char* kRefusing = "refusing";

struct Fan {
  std::uint32_t subscribers;
  double asked;  // as a ratio to one subscriber; 0: no figure is set
};
constexpr Fan kFans[] = {{0, 0}, {1, 0}, {4, 0}, {16, 2.0}, {64, 3.0}, {100, 3.5}};

std::string topic_name(const char* kind, std::uint32_t subscribers) {
  return std::string(kind) + "/" + std::to_string(subscribers);
}

tarn::Node open_node(const Domain& domain, const char* name) {
  return must(tarn::Node::open({.name = name, .runtime_directory = domain.runtime_directory()}));
}

template <typename T>
std::vector<tarn::Subscriber<T>> subscribe(tarn::Node& node, const char* kind) {
  std::vector<tarn::Subscriber<T>> subscribers;
  for (const Fan& fan : kFans) {
    for (std::uint32_t i = 0; i < fan.subscribers; ++i) {
      subscribers.push_back(must(node.subscriber<T>(topic_name(kind, fan.subscribers))));
    }
  }
  return subscribers;
}

template <typename T>
double publish_many(tarn::Publisher<T>& publisher) {
  const std::uint64_t start = tarn::stamp_now();
  for (std::uint32_t i = 0; i < kMessages; ++i) {
    auto loan = publisher.loan();
    if (!loan) fail(loan.error().message());
    (*loan)->words.front() = i;
    if (!publisher.publish(std::move(*loan))) fail("publish");
  }
  return static_cast<double>(tarn::stamp_now() - start) / kMessages;
}

template <typename T>
void run(const Domain& domain, const char* kind, const char* what) {
  const Process subscribers([&](const auto& ready) {
    auto node = open_node(domain, "fan");
    const auto attached = subscribe<T>(node, kind);
    ready();
    for (;;) pause();
  });
  auto node = open_node(domain, "publisher");
  std::vector<tarn::Publisher<T>> publishers;
  std::vector<std::vector<double>> costs(std::size(kFans));
  for (const Fan& fan : kFans) {
    publishers.push_back(must(node.publisher<T>(topic_name(kind, fan.subscribers))));
    if (publishers.back().subscriber_count() != fan.subscribers) fail("subscribers are missing");
  }
  for (std::uint32_t round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < publishers.size(); ++i) {
      costs[i].push_back(publish_many(publishers[i]));
    }
  }
  const double one = median(costs[1]);
  std::printf("fan-out: loan + publish, %s, subscribers neither asleep nor polling\n", what);
  for (std::size_t i = 0; i < costs.size(); ++i) {
    const double own = median(costs[i]);
    std::printf("  %3u subscribers %8.1f ns   %5.2f x", kFans[i].subscribers, own, own / one);
    if (kFans[i].asked > 0 && std::string(kind) != kRefusing) {
      std::printf(" (asked: <= %.2f)", kFans[i].asked);
    }
    std::printf("\n");
  }
}

// Where the newest messages are dropped, nearly every one is refused to every subscriber here.
tarn::plan::TopicRule fan_topic(const char* kind, std::uint32_t payload_bytes,
                                std::uint32_t subscribers) {
  auto listed = topic(topic_name(kind, subscribers), payload_bytes, tarn::directory::Stamp::Source);
  listed.subscribers = std::max(subscribers, 1U);
  if (std::string(kind) == kRefusing) listed.overflow = tarn::directory::Overflow::DropNewest;
  return listed;
}

}  // namespace

int main() {
  tarn::broker::BrokerOptions options;
  options.pool_bytes = std::uint64_t{32} << 20;
  options.limits.waiters = 768;
  for (const Fan& fan : kFans) {
    options.rules.rules.push_back(fan_topic("inline", sizeof(Message64B), fan.subscribers));
    options.rules.rules.push_back(fan_topic(kRefusing, sizeof(Message64B), fan.subscribers));
    options.rules.rules.push_back(fan_topic("chunk", sizeof(Message4KiB), fan.subscribers));
  }
  const Domain domain(std::move(options));
  pin_to_cpu(0);
  run<Message64B>(domain, "inline", "64 B in the slot");
  run<Message4KiB>(domain, "chunk", "4 KiB in a chunk");
  run<Message64B>(domain, kRefusing, "64 B in the slot, the newest dropped");
}
