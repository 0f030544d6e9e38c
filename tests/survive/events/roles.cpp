#include "tests/survive/events/roles.hpp"

#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "platform/poll_wait.hpp"
#include "tests/support/domain/numbered.hpp"

namespace tarn::test {

namespace {

using namespace std::chrono_literals;

constexpr int kLives = 2;      // publishers or subscriptions, one after the other
constexpr int kMessages = 12;  // of each
constexpr auto kPace = 1ms;    // long enough for everybody to fall asleep
constexpr auto kShortWait = 5ms;

void beat(Part& part) { part.pairing.beats.store(part.pairing.beats.load() + 1); }

// Of one publisher's messages, what came last. A reader may begin anywhere.
template <typename M>
class Follower {
 public:
  explicit Follower(Parent& parent) : parent_(parent) {}

  void note(const Sample<M>& sample) {
    parent_.check(is_intact(*sample), "a message is whole");
    const auto& publisher = sample.publisher();
    auto& last = last_[{publisher.ring, publisher.generation}];
    parent_.check(last == 0 || sample.sequence() == last + sample.lost_before() + 1,
                  "a message follows the one before it");
    last = sample.sequence();
  }

 private:
  Parent& parent_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> last_;
};

// ---- who publishes ----

// On a topic that blocks, as often as it is told to come again.
template <typename M>
void send_at_last(Part& part, Publisher<M>& publisher, std::uint64_t number) {
  for (;;) {
    auto loan = need(part.parent, publisher.loan());
    fill(*loan, 1, number);
    const auto published = publisher.publish(std::move(loan));
    if (published) break;
    part.parent.check(published.error().code() == Errc::TimedOut, published.error().message());
  }
  part.pairing.published.store(part.pairing.published.load() + 1);
}

template <typename M>
void publish_in_lives(Part part) {
  auto node = need(part.parent, Node::open(part.domain.node("leading")));
  for (int life = 0; life < kLives; ++life) {
    auto publisher = need(part.parent, node.publisher<M>(part.topic));
    for (std::uint64_t number = 1; number <= kMessages; ++number) {
      send_at_last(part, publisher, number);
      std::this_thread::sleep_for(kPace);
    }
    (void)publisher.subscriber_count();
    (void)publisher.status();
  }
}

template <typename M>
void publish_to_the_end(Part part) {
  auto node = need(part.parent, Node::open(part.domain.node("partner")));
  auto publisher = need(part.parent, node.publisher<M>(part.topic));
  part.parent.report("ready");
  for (std::uint64_t number = 1; part.pairing.stop.load() == 0; ++number) {
    // A stopped reader costs a topic that blocks its time-out, and others nothing.
    const auto sent = publisher.send(numbered<M>(1, number));
    if (!sent) {
      part.parent.check(sent.error().code() == Errc::TimedOut, sent.error().message());
      --number;
    }
    part.pairing.published.store(number);
    beat(part);
    std::this_thread::sleep_for(kPace);
  }
}

// ---- who reads ----

template <typename M>
void read_to_the_end(Part part, std::chrono::nanoseconds dawdle) {
  auto node = need(part.parent, Node::open(part.domain.node("partner")));
  auto subscriber = need(part.parent, node.subscriber<M>(part.topic));
  part.parent.report("ready");
  Follower<M> follower(part.parent);
  while (part.pairing.stop.load() == 0) {
    if (const auto sample = subscriber.wait_take(kShortWait)) follower.note(sample);
    beat(part);
    std::this_thread::sleep_for(dawdle);
  }
  while (const auto sample = subscriber.try_take()) follower.note(sample);
  const SubscriberCounts counts = subscriber.counts();
  part.parent.check(counts.received + counts.lost() == part.pairing.published.load(),
                    "every message is accounted for");
}

template <typename M>
void read_along(Part part) {
  read_to_the_end<M>(part, 0ns);
}
template <typename M>
void read_slowly(Part part) {
  read_to_the_end<M>(part, 2ms);
}

template <typename M>
void read_in_lives(Part part) {
  auto node = need(part.parent, Node::open(part.domain.node("leading")));
  for (int life = 0; life < kLives; ++life) {
    auto subscriber = need(part.parent, node.subscriber<M>(part.topic));
    Follower<M> follower(part.parent);
    std::array<Sample<M>, 2> held;
    for (int taken = 0; taken < kMessages; ++taken) {
      auto& place = held[static_cast<std::size_t>(taken) % 2];
      place.release();
      place = taken % 4 == 3 ? subscriber.read_latest() : subscriber.wait_take(kWatchdog);
      if (place && taken % 4 != 3) part.parent.check(is_intact(*place), "a message is whole");
    }
    for (auto& sample : held) {
      part.parent.check(!sample || is_intact(*sample), "a held message stays what it is");
    }
    (void)subscriber.publisher_count();
    (void)subscriber.status();
  }
}

// In order and without a gap but those that are said.
template <typename M>
void read_in_order(Part part) {
  auto node = need(part.parent, Node::open(part.domain.node("leading")));
  for (int life = 0; life < kLives; ++life) {
    auto subscriber = need(part.parent, node.subscriber<M>(part.topic, {.history = 1}));
    Follower<M> follower(part.parent);
    for (int taken = 0; taken < kMessages; ++taken) {
      const auto sample = subscriber.wait_take(kWatchdog);
      part.parent.check(static_cast<bool>(sample), "a message comes");
      follower.note(sample);
    }
  }
}

template <typename M>
void read_reliably(Part part) {
  auto node = need(part.parent, Node::open(part.domain.node("leading")));
  for (int life = 0; life < kLives; ++life) {
    auto subscriber = need(part.parent, node.subscriber<M>(part.topic));
    Follower<M> follower(part.parent);
    for (int taken = 0; taken < kMessages; ++taken) {
      const auto sample = subscriber.wait_take(kWatchdog);
      part.parent.check(static_cast<bool>(sample), "a message comes");
      follower.note(sample);
    }
    part.parent.check(subscriber.counts().lost() == 0, "a reliable reader loses nothing");
  }
}

template <typename M>
void take_all(Part& part, Subscriber<M>& subscriber, Follower<M>& follower, int& taken) {
  while (const auto sample = subscriber.try_take()) {
    follower.note(sample);
    ++taken;
  }
  (void)part;
}

template <typename M>
void wait_in_sets(Part part) {
  auto node = need(part.parent, Node::open(part.domain.node("leading")));
  for (int life = 0; life < kLives; ++life) {
    auto set = need(part.parent, node.wait_set());
    auto subscriber = need(part.parent, node.subscriber<M>(part.topic));
    auto event = need(part.parent, set.add_event());
    need(part.parent, set.attach(subscriber));
    if (life == 1) need(part.parent, set.fd());
    Follower<M> follower(part.parent);
    for (int taken = 0; taken < kMessages;) {
      need(part.parent, set.wait(kWatchdog));
      take_all(part, subscriber, follower, taken);
      event.trigger();
    }
  }
}

template <typename M>
void wait_by_fd(Part part) {
  auto node = need(part.parent, Node::open(part.domain.node("leading")));
  for (int life = 0; life < kLives; ++life) {
    auto subscriber = need(part.parent, node.subscriber<M>(part.topic));
    const int fd = need(part.parent, subscriber.fd());
    Follower<M> follower(part.parent);
    for (int taken = 0; taken < kMessages;) {
      const auto deadline = platform::deadline_after(kWatchdog);
      part.parent.check(
          need(part.parent, platform::wait_ready(fd, platform::Interest::Readable, deadline)),
          "the fd is readable");
      take_all(part, subscriber, follower, taken);
    }
  }
}

template <typename M>
void read_patterns(Part part) {
  auto node = need(part.parent, Node::open(part.domain.node("leading")));
  for (int life = 0; life < kLives; ++life) {
    auto subscriber = need(part.parent, node.wildcard_subscriber<M>(part.topic + "/**"));
    auto exact = need(part.parent, node.wildcard_subscriber<M>(part.topic));
    for (int taken = 0; taken < kMessages; ++taken) {
      const auto sample = exact.wait_take(kWatchdog);
      part.parent.check(sample && is_intact(*sample), "a message comes, whole");
    }
  }
}

constexpr Role kRoles[] = {
    {"publishes small messages", "plain/small/", publish_in_lives<Small>, read_along<Small>},
    {"publishes messages in chunks", "plain/large/", publish_in_lives<Large>, read_along<Large>},
    {"waits for a slow reader", "block/", publish_in_lives<Large>, read_slowly<Large>},
    {"publishes to each reader's own ring", "newest/", publish_in_lives<Small>, read_slowly<Small>},
    {"reads small messages", "plain/small/", read_in_order<Small>, publish_to_the_end<Small>},
    {"reads messages in chunks", "plain/large/", read_in_lives<Large>, publish_to_the_end<Large>},
    {"reads reliably", "block/", read_reliably<Large>, publish_to_the_end<Large>},
    {"reads a ring of its own", "newest/", read_in_order<Small>, publish_to_the_end<Small>},
    {"waits in a wait set", "plain/small/", wait_in_sets<Small>, publish_to_the_end<Small>},
    {"waits by an fd", "plain/large/", wait_by_fd<Large>, publish_to_the_end<Large>},
    {"reads a pattern", "plain/small/", read_patterns<Small>, publish_to_the_end<Small>},
};

// Returns when it is ready.
ChildProcess start_one(const std::function<void(Parent&)>& body) {
  auto child = ChildProcess::start(body);
  (void)child.next_report();
  return child;
}

}  // namespace

std::span<const Role> roles() { return kRoles; }

// The reader first, or it would not be there for the first messages, and could not account for them.
Bystanders::Bystanders(const TestDomain& domain)
    : reader_(start_one([&](Parent& parent) { read_along<Large>(part(parent, domain, reads_)); })),
      writer_(start_one(
          [&](Parent& parent) { publish_to_the_end<Large>(part(parent, domain, writes_)); })) {}

Part Bystanders::part(Parent& parent, const TestDomain& domain, Pairing& pairing) {
  return {.parent = parent, .domain = domain, .topic = "plain/bystanders", .pairing = pairing};
}

bool Bystanders::go_on() {
  constexpr std::uint64_t kAFew = 20;
  const std::uint64_t read = reads_.beats.load();
  const std::uint64_t written = writes_.beats.load();
  return wait_until([&] {
    return reads_.beats.load() >= read + kAFew && writes_.beats.load() >= written + kAFew;
  });
}

bool Bystanders::finish() {
  writes_.stop.store(1);
  const bool written = writer_.join() == kCleanExit;
  reads_.published.store(writes_.published.load());
  reads_.stop.store(1);
  return reader_.join() == kCleanExit && written;
}

DomainOptions roles_domain() {
  constexpr std::uint32_t kDepth = 4;
  return {.topics = {{.name = "plain/**", .depth = kDepth, .publishers = 2, .held = 3},
                     {.name = "block/**",
                      .depth = 2,
                      .overflow = directory::Overflow::Block,
                      .timeout = std::chrono::milliseconds(20)},
                     {.name = "newest/**",
                      .depth = kDepth,
                      .overflow = directory::Overflow::DropNewest}},
          .limits = {.clients = 128, .topics = 128},
          .unplanned_bytes = std::uint64_t{8} << 20,
          .spin = false};
}

}  // namespace tarn::test
