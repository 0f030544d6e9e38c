// A process that forks while its other threads are in the middle of everything: of a publish, a take, a wait, a
// conversation with the broker. The child finds half of each, and may drop it all and begin anew; the parent
// loses nothing. The moments are the scheduler's, the number is ours.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/effort.hpp"
#include "tests/support/seed.hpp"

namespace tarn::test {

namespace {

constexpr const char* kTopic = "busy";
constexpr std::uint32_t kForks = effort(120, 20);

std::uint32_t forks() { return std::getenv("TARN_SOAK") != nullptr ? 20 * kForks : kForks; }

// Threads that work on one domain until they are told to stop. What they own is in the open, so that a child
// can get at its copies.
template <typename M>
class BusyParent {
 public:
  explicit BusyParent(const TestDomain& domain)
      : options_(domain.node("visitor")),
        node_(std::in_place, domain.open("busy")),
        publisher_(std::in_place, must(node_->template publisher<M>(kTopic))),
        subscriber_(std::in_place, must(node_->template subscriber<M>(kTopic))),
        set_(std::in_place, must(node_->wait_set())) {
    (void)must(set_->add_event());
    threads_.emplace_back([this] { publish(); });
    threads_.emplace_back([this] { take(); });
    threads_.emplace_back([this] { wait(); });
    threads_.emplace_back([this] { come_and_go(); });
  }
  ~BusyParent() { finish(); }

  [[nodiscard]] bool goes_on() {
    const std::uint64_t published = published_;
    const std::uint64_t visits = visits_;
    return wait_until([&] { return published_ > published && visits_ > visits; });
  }
  void finish() {
    stop_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    while (const auto sample = subscriber_->try_take()) note(sample);
  }

  // In a child: says of each handle whose it is, and drops them all.
  void check_in_child(Parent& parent) {
    const auto is_forked = [](const auto& result) {
      return !result && result.error().code() == Errc::Forked;
    };
    parent.check(is_forked(publisher_->loan()), "a loan is refused");
    parent.check(is_forked(publisher_->send(numbered<M>(2, 1))), "a message is refused");
    parent.check(subscriber_->try_take().outcome() == TakeOutcome::Forked, "a take is refused");
    parent.check(is_forked(node_->template publisher<M>("new")), "a publisher is refused");
    parent.check(is_forked(set_->wait(kWatchdog)), "a wait is refused");
    set_.reset();
    subscriber_.reset();
    publisher_.reset();
    node_.reset();
  }

  [[nodiscard]] std::uint64_t wrong() const { return wrong_; }
  [[nodiscard]] std::uint64_t published() const { return published_; }
  [[nodiscard]] SubscriberCounts counts() const { return subscriber_->counts(); }

 private:
  void publish() {
    for (std::uint64_t number = 1; !stop_; ++number) {
      auto loan = publisher_->loan();
      if (!loan) {
        ++wrong_;
        return;
      }
      fill(**loan, 1, number);
      if (!publisher_->publish(std::move(*loan))) ++wrong_;
      published_ = number;
      if (number % 64 == 0) std::this_thread::yield();
    }
  }
  void note(const Sample<M>& sample) {
    const std::uint64_t expected = last_ + sample.lost_before() + 1;
    if (!is_intact(*sample) || sample.sequence() != expected) ++wrong_;
    last_ = sample.sequence();
  }
  void take() {
    while (!stop_) {
      if (const auto sample = subscriber_->wait_take(std::chrono::milliseconds(10))) note(sample);
    }
  }
  void wait() {
    while (!stop_) {
      if (!set_->wait(std::chrono::milliseconds(1))) ++wrong_;
    }
  }
  void come_and_go() {
    while (!stop_) {
      auto node = Node::open(options_);
      if (!node || !node->template publisher<M>("visited")) ++wrong_;
      if (auto own = node_->template subscriber<M>("visited"); !own) ++wrong_;
      ++visits_;
    }
  }

  NodeOptions options_;
  std::optional<Node> node_;
  std::optional<Publisher<M>> publisher_;
  std::optional<Subscriber<M>> subscriber_;
  std::optional<WaitSet> set_;
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> published_{0};
  std::atomic<std::uint64_t> visits_{0};
  std::atomic<std::uint64_t> wrong_{0};
  std::uint64_t last_ = 0;
  std::vector<std::thread> threads_;
};

// A child that begins anew: publishes and takes on a topic of its own.
template <typename M>
void begin_anew(Parent& parent, const TestDomain& domain) {
  auto node = need(parent, Node::open(domain.node("child")));
  auto publisher = need(parent, node.publisher<M>("own"));
  auto subscriber = need(parent, node.subscriber<M>("own"));
  need(parent, publisher.send(numbered<M>(3, 1)));
  const auto sample = subscriber.wait_take(kWatchdog);
  parent.check(sample && is_intact(*sample), "the child's own message comes");
}

template <typename M>
void fork_while_busy() {
  const TestDomain domain({.topics = {listed(kTopic, sizeof(M), {.depth = 64})}});
  const PoolObserver pool(domain.path());
  std::mt19937 random(seed());
  {
    BusyParent<M> busy(domain);
    for (std::uint32_t i = 0; i < forks(); ++i) {
      const bool anew = random() % 2 == 0;
      const bool killed = random() % 4 == 0;
      auto child = ChildProcess::start([&](Parent& parent) {
        busy.check_in_child(parent);
        if (anew) begin_anew<M>(parent, domain);
        if (killed) ::raise(SIGKILL);
      });
      CHECK(child.join() == (killed ? killed_by(SIGKILL) : kCleanExit));
    }
    CHECK(busy.goes_on());
    busy.finish();
    CHECK(busy.wrong() == 0);
    const SubscriberCounts counts = busy.counts();
    CHECK(counts.received + counts.lost() == busy.published());
    CHECK(counts.safety_wakeups == 0);
  }
  CHECK(pool.becomes_empty());
}

}  // namespace

TEST_CASE("a process that forks while its threads publish, take, wait and ask loses nothing",
          "[survive][events]") {
  SECTION("of small messages") { fork_while_busy<Small>(); }
  SECTION("of messages in chunks") { fork_while_busy<Large>(); }
}

}  // namespace tarn::test
