// Everybody at once: four publishers and four subscribers, a process each, at full speed, with readers
// that cannot follow. What a subscriber received and what it says it lost add up to what was
// published, for every publisher.
#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/effort.hpp"

namespace tarn::test {

namespace {

constexpr std::uint32_t kPublishers = 4;
constexpr std::uint32_t kSubscribers = 4;
// Of each publisher.
constexpr std::uint64_t kMessages = effort(1'000'000, 50'000);
constexpr std::uint32_t kDepth = 64;
constexpr const char* kTopic = "fan";
// Busy machines and sanitizers; nothing here takes near as long on a healthy one.
constexpr std::chrono::seconds kPatience{100};

enum class Pace : std::uint32_t {
  Waiting,  // sleeps whenever there is nothing
  Polling,  // never sleeps
  Slow,     // naps, and holds three samples all the while
  Late,     // begins when everything is published
};

// What one subscriber saw of one publisher.
struct Pair {
  std::uint64_t received = 0;
  std::uint64_t lost = 0;
  std::uint64_t last = 0;
  std::uint64_t wrong = 0;  // checksums, order, identity
  PublisherIdentity identity;
};

template <typename M>
class Reader {
 public:
  Reader(Parent& parent, Subscriber<M> subscriber, Pace pace)
      : parent_(parent), subscriber_(std::move(subscriber)), pace_(pace) {}

  // Until every publisher's last message is there; it stays in the ring, so it comes to everybody.
  void run() {
    while (finished_ < kPublishers) {
      Sample<M> sample = next();
      parent_.check(static_cast<bool>(sample), "a message comes within the time given");
      note(sample);
      if (pace_ == Pace::Slow) hold(std::move(sample));
    }
    for (Sample<M>& sample : held_) drop(sample);
  }

  void report() {
    std::ostringstream text;
    for (const Pair& pair : pairs_) {
      text << pair.received << ' ' << pair.lost << ' ' << pair.last << ' ' << pair.wrong << ' ';
    }
    const SubscriberCounts counts = subscriber_.counts();
    text << counts.received << ' ' << counts.lost() << ' ' << counts.safety_wakeups;
    parent_.report(text.str());
  }

 private:
  Sample<M> next() {
    if (pace_ != Pace::Polling) return subscriber_.wait_take(kPatience);
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
      Sample<M> sample = subscriber_.try_take();
      if (sample || std::chrono::steady_clock::now() > deadline) return sample;
      std::this_thread::yield();
    }
  }

  void note(const Sample<M>& sample) {
    Pair& pair = pairs_.at(sample->writer);
    if (pair.received == 0) pair.identity = sample.publisher();
    if (!is_intact(*sample) || sample.sequence() != sample->number ||
        sample.publisher() != pair.identity ||
        sample.sequence() != pair.last + sample.lost_before() + 1) {
      ++pair.wrong;
    }
    ++pair.received;
    pair.lost += sample.lost_before();
    pair.last = sample.sequence();
    if (pair.last == kMessages) ++finished_;
  }

  // The oldest of the three held goes when a new one comes, and is still what it was.
  void hold(Sample<M>&& sample) {
    Sample<M>& place = held_.at(turn_++ % held_.size());
    drop(place);
    place = std::move(sample);
    if (turn_ % 128 == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
  }

  void drop(Sample<M>& sample) {
    if (sample && !is_intact(*sample)) ++pairs_.at(sample->writer % kPublishers).wrong;
    sample.release();
  }

  Parent& parent_;
  Subscriber<M> subscriber_;
  Pace pace_;
  std::array<Pair, kPublishers> pairs_{};
  std::array<Sample<M>, 3> held_{};
  std::size_t turn_ = 0;
  std::uint32_t finished_ = 0;
};

template <typename M>
ChildProcess start_subscriber(const TestDomain& domain, Pace pace) {
  return ChildProcess::start([&domain, pace](Parent& parent) {
    auto node = need(parent, Node::open(domain.node("reader")));
    Reader<M> reader(parent, need(parent, node.subscriber<M>(kTopic)), pace);
    parent.report("ready");
    if (pace == Pace::Late) parent.wait_for_go();
    reader.run();
    reader.report();
  });
}

template <typename M>
void publish_all(Parent& parent, Publisher<M>& publisher, std::uint32_t writer) {
  for (std::uint64_t number = 1; number <= kMessages; ++number) {
    // Half of them copy, half of them fill the message where it stays.
    if (writer % 2 == 0) {
      need(parent, publisher.send(numbered<M>(writer, number)));
      continue;
    }
    auto loan = need(parent, publisher.loan());
    fill(*loan, writer, number);
    need(parent, publisher.publish(std::move(loan)));
  }
}

template <typename M>
ChildProcess start_publisher(const TestDomain& domain, std::uint32_t writer) {
  return ChildProcess::start([&domain, writer](Parent& parent) {
    auto node = need(parent, Node::open(domain.node("writer" + std::to_string(writer))));
    auto publisher = need(parent, node.publisher<M>(kTopic));
    parent.report("ready");
    parent.wait_for_go();
    publish_all(parent, publisher, writer);
    parent.check(publisher.counts().published == kMessages, "everything was published");
  });
}

struct Outcome {
  std::array<Pair, kPublishers> pairs{};
  std::uint64_t received = 0;
  std::uint64_t lost = 0;
  std::uint64_t safety_wakeups = 0;
};

Outcome outcome_of(ChildProcess& subscriber) {
  std::istringstream text(subscriber.next_report(kPatience));
  Outcome outcome;
  for (Pair& pair : outcome.pairs) text >> pair.received >> pair.lost >> pair.last >> pair.wrong;
  text >> outcome.received >> outcome.lost >> outcome.safety_wakeups;
  REQUIRE(text);
  return outcome;
}

void check(const Outcome& outcome, Pace pace) {
  std::uint64_t received = 0;
  for (const Pair& pair : outcome.pairs) {
    CHECK(pair.received + pair.lost == kMessages);
    CHECK(pair.last == kMessages);
    CHECK(pair.wrong == 0);
    // Who begins when all is over finds exactly what the ring still holds.
    if (pace == Pace::Late) CHECK(pair.received == kDepth);
    received += pair.received;
  }
  CHECK(outcome.received == received);
  CHECK(outcome.received + outcome.lost == kPublishers * kMessages);
  CHECK(outcome.safety_wakeups == 0);
}

template <typename M>
void run_fan() {
  const TestDomain domain({.topics = {listed(kTopic, sizeof(M),
                                             {.depth = kDepth,
                                              .publishers = kPublishers,
                                              .subscribers = kSubscribers,
                                              .orphans = kPublishers,
                                              .held = 4})}});
  std::vector<ChildProcess> subscribers;
  for (std::uint32_t pace = 0; pace < kSubscribers; ++pace) {
    subscribers.push_back(start_subscriber<M>(domain, static_cast<Pace>(pace)));
    REQUIRE(subscribers.back().next_report() == "ready");
  }
  std::vector<ChildProcess> publishers;
  for (std::uint32_t writer = 0; writer < kPublishers; ++writer) {
    publishers.push_back(start_publisher<M>(domain, writer));
    REQUIRE(publishers.back().next_report() == "ready");
  }
  for (ChildProcess& publisher : publishers) publisher.go();
  for (ChildProcess& publisher : publishers) REQUIRE(publisher.join(kPatience) == kCleanExit);
  subscribers[static_cast<std::size_t>(Pace::Late)].go();
  for (std::uint32_t pace = 0; pace < kSubscribers; ++pace) {
    INFO("subscriber " << pace);
    check(outcome_of(subscribers[pace]), static_cast<Pace>(pace));
    CHECK(subscribers[pace].join() == kCleanExit);
  }
}

}  // namespace

TEST_CASE("four publishers and four subscribers account for every small message",
          "[process][fan]") {
  run_fan<Small>();
}

TEST_CASE("four publishers and four subscribers account for every message in a chunk",
          "[process][fan]") {
  run_fan<Large>();
}

}  // namespace tarn::test
