#include "tests/survive/resources/full_life.hpp"

namespace tarn::test {

namespace {

Error not_so(const char* claim) { return Error::make(Errc::Corrupt, 0, "not so: %s", claim); }

template <typename M>
Result<void> send_and_take(Publisher<M>& publisher, Subscriber<M>& subscriber) {
  constexpr std::uint64_t kMessages = 3;
  for (std::uint64_t number = 1; number <= kMessages; ++number) {
    if (const auto sent = publisher.send(numbered<M>(1, number)); !sent) {
      return Failure(sent.error());
    }
    auto sample = subscriber.try_take();
    // Where the kernel refused what joining a ring needs, the next look tries again.
    if (!sample) sample = subscriber.wait_take(kWatchdog);
    if (!sample || sample->number != number || !is_intact(*sample)) {
      return Failure(not_so("what was sent can be taken"));
    }
  }
  // Nothing comes: it sleeps.
  if (subscriber.wait_take(std::chrono::milliseconds(1))) return Failure(not_so("nothing comes"));
  return {};
}

template <typename M>
Result<void> wait_in_set(Node& node, Publisher<M>& publisher, Subscriber<M>& subscriber) {
  auto set = node.wait_set();
  if (!set) return Failure(set.error());
  if (auto attached = set->attach(subscriber); !attached) return Failure(attached.error());
  if (auto fd = set->fd(); !fd) return Failure(fd.error());
  if (const auto sent = publisher.send(numbered<M>(1, 4)); !sent) return Failure(sent.error());
  const auto waited = set->wait(kWatchdog);
  if (!waited) return Failure(waited.error());
  if (waited->empty() || !subscriber.try_take())
    return Failure(not_so("the wait set hears of a message"));
  return {};
}

Result<void> read_a_pattern(Node& node, Publisher<Small>& publisher) {
  auto all = node.wildcard_subscriber<Small>("*");
  if (!all) return Failure(all.error());
  if (const auto sent = publisher.send(numbered<Small>(1, 4)); !sent) return Failure(sent.error());
  const auto sample = all->wait_take(kWatchdog);
  if (!sample || sample->number != 4)
    return Failure(not_so("a pattern's reader hears of a message"));
  return {};
}

}  // namespace

Result<void> live_once(const NodeOptions& options) {
  auto node = Node::open(options);
  if (!node) return Failure(node.error());
  auto large_out = node->publisher<Large>(kLargeTopic);
  if (!large_out) return Failure(large_out.error());
  auto large_in = node->subscriber<Large>(kLargeTopic);
  if (!large_in) return Failure(large_in.error());
  if (auto done = send_and_take(*large_out, *large_in); !done) return done;
  auto small_in = node->subscriber<Small>(kSmallTopic);
  if (!small_in) return Failure(small_in.error());
  if (auto fd = small_in->fd(); !fd) return Failure(fd.error());
  auto small_out = node->publisher<Small>(kSmallTopic);
  if (!small_out) return Failure(small_out.error());
  if (auto done = send_and_take(*small_out, *small_in); !done) return done;
  if (auto done = wait_in_set(*node, *large_out, *large_in); !done) return done;
  return read_a_pattern(*node, *small_out);
}

TestDomain domain_for_lives() {
  return TestDomain({.topics = {listed(kSmallTopic, sizeof(Small), {.publishers = 2}),
                                listed(kLargeTopic, sizeof(Large), {.publishers = 2})}});
}

}  // namespace tarn::test
