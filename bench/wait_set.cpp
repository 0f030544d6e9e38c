// What it costs a wait set that more is attached to it: 1, 32 or 256 subscribers, one of which becomes ready
// while the set sleeps. From publish to take, and a round trip through it and back, which also has the
// looks before the next sleep. Each set has subscribers of its own; the sets take turns in one run. Beside
// them a subscriber that waits by itself.
#include <algorithm>
#include <cstdio>
#include <iterator>
#include <string>
#include <vector>

#include "bench/support/ping_pong.hpp"

using namespace tarn::bench;

namespace {

constexpr std::uint32_t kRounds = 9;
constexpr std::uint32_t kTrips = 400;
constexpr std::uint32_t kSizes[] = {0, 1, 32, 256};  // 0: no set
constexpr std::uint32_t kEnd = std::size(kSizes);
constexpr double kAsked = 2.0;  // 256 to 1

struct Shared {
  alignas(64) std::uint32_t current;
};

// Which of a set's topics the messages go to.
enum class Spread { Last, Turns };

std::string topic_name(std::uint32_t size, std::uint32_t number) {
  return "set" + std::to_string(size) + "/" + std::to_string(number);
}

tarn::Node open_node(const Domain& domain, const char* name) {
  return must(tarn::Node::open({.name = name, .runtime_directory = domain.runtime_directory()}));
}

// Answers each message with its number and how long it took from publish to here.
class Echo {
 public:
  Echo(tarn::Node& node, std::uint32_t size)
      : set_(must(node.wait_set({.spin = std::chrono::nanoseconds(0)}))),
        pong_(must(node.publisher<Message64B>("pong" + std::to_string(size)))) {
    subscribers_.reserve(std::max(size, 1U));
    for (std::uint32_t i = 0; i < std::max(size, 1U); ++i) {
      auto& subscriber =
          subscribers_.emplace_back(must(node.subscriber<Message64B>(topic_name(size, i))));
      if (size != 0)
        must(set_.attach(subscriber, {.callback = [&] { answer(subscriber.try_take()); }}));
    }
    if (size != 0) idle_ = must(set_.add_interval(kEchoLooksUp, [this] { set_.stop(); }));
  }

  void run() {
    if (subscribers_.size() == 1 && idle_ == tarn::AttachmentId{}) {
      answer(subscribers_.front().wait_take(kEchoLooksUp));
    } else {
      if (const auto ran = set_.run(); !ran) fail(ran.error().message());
    }
  }

 private:
  void answer(const tarn::Sample<Message64B>& sample) {
    if (!sample) return;
    Message64B message{};
    message.words.front() = message.words.back() = sample->words.front();
    message.words[1] = tarn::stamp_now() - sample.stamp_ns();
    if (!pong_.send(message)) fail("pong");
  }

  tarn::WaitSet set_;
  tarn::Publisher<Message64B> pong_;
  std::vector<tarn::Subscriber<Message64B>> subscribers_;
  tarn::AttachmentId idle_{};
};

void run_echo(const Domain& domain, Shared& shared, const std::function<void()>& ready) {
  auto node = open_node(domain, "echo");
  std::vector<std::unique_ptr<Echo>> echoes;
  for (const std::uint32_t size : kSizes) echoes.push_back(std::make_unique<Echo>(node, size));
  ready();
  for (;;) {
    const std::uint32_t current = load_word(&shared.current);
    if (current == kEnd) return;
    echoes[current]->run();
  }
}

class Pinger {
 public:
  Pinger(tarn::Node& node, std::uint32_t size)
      : pong_(must(node.subscriber<Message64B>("pong" + std::to_string(size)))) {
    for (std::uint32_t i = 0; i < std::max(size, 1U); ++i) {
      pings_.push_back(must(node.publisher<Message64B>(topic_name(size, i))));
    }
  }

  void measure(std::uint64_t& trip, Spread spread) {
    ping(++trip, spread);  // the echo comes to this case
    std::vector<double> there;
    const std::uint64_t start = tarn::stamp_now();
    for (std::uint32_t i = 0; i < kTrips; ++i) there.push_back(ping(++trip, spread));
    both_.push_back(static_cast<double>(tarn::stamp_now() - start) / kTrips / 2);
    there_.push_back(median(there));
  }
  void forget() {
    there_.clear();
    both_.clear();
  }
  [[nodiscard]] double there() const { return median(there_); }
  [[nodiscard]] double both() const { return median(both_); }

 private:
  double ping(std::uint64_t trip, Spread spread) {
    Message64B message{};
    message.words.front() = message.words.back() = trip;
    auto& publisher = spread == Spread::Last ? pings_.back() : pings_[trip * 7 % pings_.size()];
    if (!publisher.send(message)) fail("ping");
    for (;;) {
      const auto sample = pong_.wait_take(std::chrono::seconds(10));
      if (!sample) fail("no answer");
      if (sample->words.front() == trip) return static_cast<double>(sample->words[1]);
    }
  }

  tarn::Subscriber<Message64B> pong_;
  std::vector<tarn::Publisher<Message64B>> pings_;
  std::vector<double> there_;
  std::vector<double> both_;
};

void print(const std::vector<std::unique_ptr<Pinger>>& pingers) {
  const Pinger& one = *pingers[1];
  for (std::size_t i = 0; i < pingers.size(); ++i) {
    const Pinger& own = *pingers[i];
    const std::string name =
        kSizes[i] == 0 ? "no set, wait_take()" : std::to_string(kSizes[i]) + " attached";
    std::printf("  %-20s %8.0f ns %6.2f x   %8.0f ns %6.2f x", name.c_str(), own.there(),
                own.there() / one.there(), own.both(), own.both() / one.both());
    if (i + 1 == pingers.size()) std::printf("   (asked: < %.2f)", kAsked);
    std::printf("\n");
  }
}

void run(int echo_cpu, const char* where) {
  tarn::broker::BrokerOptions options;
  options.pool_bytes = std::uint64_t{64} << 20;
  options.unplanned_bytes = std::uint64_t{32} << 20;
  options.limits.topics = options.limits.publishers = options.limits.waiters = 512;
  options.limits.memberships = 4096;
  const Domain domain(std::move(options));
  auto& shared = *static_cast<Shared*>(share_memory(sizeof(Shared)));
  shared.current = 0;
  Process echo([&](const auto& ready) { run_echo(domain, shared, ready); }, echo_cpu);
  auto node = open_node(domain, "ping");
  std::vector<std::unique_ptr<Pinger>> pingers;
  for (const std::uint32_t size : kSizes) pingers.push_back(std::make_unique<Pinger>(node, size));
  std::uint64_t trip = 0;
  for (const Spread spread : {Spread::Last, Spread::Turns}) {
    for (auto& pinger : pingers) pinger->forget();
    for (std::uint32_t round = 0; round < kRounds; ++round) {
      for (std::uint32_t i = 0; i < pingers.size(); ++i) {
        store_word(&shared.current, i);
        pingers[i]->measure(trip, spread);
      }
    }
    std::printf("wait set: %s, %s; publish to take, and half a round trip\n", where,
                spread == Spread::Last ? "always the same topic" : "topics in turns");
    print(pingers);
  }
  store_word(&shared.current, kEnd);
  if (!echo.join()) fail("the echo did not end well");
}

}  // namespace

int main() {
  pin_to_cpu(0);
  run(0, "both on CPU 0");
  run(1, "CPU 0 and CPU 1");
}
