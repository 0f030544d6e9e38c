#include "tests/survive/broker/circle.hpp"

#include <algorithm>

#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/support/process_state.hpp"

namespace tarn::test {

namespace {

constexpr std::uint64_t kLastNumber = UINT64_MAX;

void check_counts(Parent& parent, const Subscriber<Large>& subscriber, std::uint64_t received) {
  const SubscriberCounts counts = subscriber.counts();
  parent.check(counts.received == received, "everything was received, once");
  parent.check(counts.lost() == 0, "nothing was lost");
  parent.check(counts.safety_wakeups == 0, "every wake-up was a bell");
}

}  // namespace

std::vector<plan::TopicRule> Circle::topics() {
  std::vector<plan::TopicRule> rules;
  for (std::uint32_t place = 0; place <= kMembers; ++place) {
    rules.push_back(
        listed(topic(place), sizeof(Large),
               {.depth = 4, .overflow = directory::Overflow::Block, .timeout = kWatchdog}));
  }
  return rules;
}

Circle::Circle(const TestDomain& domain)
    : node_(domain.open("circle")),
      publisher_(must(node_.publisher<Large>(topic(0)))),
      subscriber_(must(node_.subscriber<Large>(topic(kMembers)))),
      listener_(must(node_.subscriber<Large>("meeting"))) {
  for (std::uint32_t place = 0; place < kMembers; ++place) {
    members_.push_back(ChildProcess::start([&](Parent& parent) {
      pass_on(parent, domain.node("member " + std::to_string(place)), place);
    }));
  }
  for (ChildProcess& member : members_) REQUIRE(member.next_report() == "ready");
  lap();
}

void Circle::pass_on(Parent& parent, const NodeOptions& options, std::uint32_t place) {
  auto node = need(parent, Node::open(options));
  auto subscriber = need(parent, node.subscriber<Large>(topic(place)));
  auto publisher = need(parent, node.publisher<Large>(topic(place + 1)));
  parent.report("ready");
  for (std::uint64_t number = 1;; ++number) {
    // No test stands still that long, and one that ends ends its children.
    const auto sample = subscriber.wait_take(std::chrono::hours(1));
    parent.check(static_cast<bool>(sample), "a message comes");
    const bool last = sample->number == kLastNumber;
    parent.check(is_intact(*sample), "it is whole");
    parent.check(last || sample->number == number, "it is the next one");
    parent.check(sample.lost_before() == 0, "none is missing before it");
    need(parent, publisher.send(*sample));
    if (!last) continue;
    check_counts(parent, subscriber, number);
    parent.check(publisher.counts().published == number, "every message was passed on");
    return;
  }
}

void Circle::lap() {
  must(publisher_.send(numbered<Large>(1, ++laps_)));
  const auto sample = subscriber_.wait_take(kWatchdog);
  REQUIRE(sample);
  CHECK(sample->number == laps_);
  CHECK(is_intact(*sample));
  CHECK(sample.lost_before() == 0);
}

bool Circle::rests() const {
  return std::all_of(members_.begin(), members_.end(),
                     [](const ChildProcess& member) { return state_of(member.pid()) == 'S'; });
}

void Circle::finish() {
  must(publisher_.send(numbered<Large>(1, kLastNumber)));
  REQUIRE(subscriber_.wait_take(kWatchdog));
  for (ChildProcess& member : members_) CHECK(member.join() == kCleanExit);
  CHECK(subscriber_.counts().received == laps_ + 1);
  CHECK(subscriber_.counts().lost() == 0);
}

}  // namespace tarn::test
