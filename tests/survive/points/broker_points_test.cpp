// A broker killed after every store and read-modify-write of shared words that it comes to: while it grants,
// closes, reaps and takes over. Each time: messages go on without it, the next broker finishes what it
// began, its clients get what they asked for, and nothing is left behind.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <tarn/tarn.hpp>

#include "middleware/ring/ring_layout.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/pool_stretches.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/process_state.hpp"
#include "tests/survive/points/broker_stage.hpp"
#include "tests/survive/points/rest.hpp"

namespace tarn::test {

namespace {

constexpr std::string_view kTellsOfLoss = "directory/directory_writer.cpp: tarn_summary_set";

const observed::Site& site_named(std::string_view name) {
  for (const observed::Site& site : observed::sites()) {
    if (Points::is_point(site) && observed::name_of(site).starts_with(name)) return site;
  }
  throw std::runtime_error("there is no point " + std::string(name));
}

// Without a broker a call is refused at once; who insists asks the next one.
template <typename Ask>
auto insist(Parent& parent, Ask ask) {
  std::optional<decltype(ask())> answer;
  const bool answered = comes_true([&] {
    answer.emplace(ask());
    return *answer || answer->error().code() != Errc::NoBroker;
  });
  parent.check(answered, "there is a broker again");
  return need(parent, std::move(*answer));
}

// Asks for one of everything, uses it, and gives it back, a subscription before its last sample.
void ask_for_everything(Parent& parent, const TestDomain& domain) {
  auto node = insist(parent, [&] { return Node::open(domain.node("guest")); });
  auto pattern = insist(parent, [&] { return node.wildcard_subscriber<Large>("guest/*"); });
  auto subscriber = insist(parent, [&] { return node.subscriber<Large>("guest/newest"); });
  auto set = insist(parent, [&] { return node.wait_set(); });
  need(parent, set.attach(pattern));
  (void)insist(parent, [&] { return set.fd(); });
  std::optional<Sample<Large>> held;
  {
    auto publisher = insist(parent, [&] { return node.publisher<Large>("guest/newest"); });
    auto blocking = insist(parent, [&] { return node.publisher<Small>("guest/blocks"); });
    auto reliable = insist(parent, [&] { return node.subscriber<Small>("guest/blocks"); });
    need(parent, publisher.send(numbered<Large>(1, 1)));
    need(parent, blocking.send(numbered<Small>(1, 1)));
    parent.check(static_cast<bool>(reliable.wait_take(kWatchdog)), "a reliable message comes");
  }
  held = subscriber.wait_take(kWatchdog);
  parent.check(*held && is_intact(**held), "a message comes, whole");
  parent.check(static_cast<bool>(pattern.wait_take(kWatchdog)), "by the pattern, too");
  { const auto gone = std::move(subscriber); }
  parent.check(is_intact(**held), "a sample outlives its subscription");
}

// A topic that goes for a pattern, and comes again before the broker has looked: not each time, but one of them.
void call_back(Parent& parent, const TestDomain& domain) {
  auto node = insist(parent, [&] { return Node::open(domain.node("guest")); });
  auto pattern = insist(parent, [&] { return node.wildcard_subscriber<Large>("guest/*"); });
  for (std::uint32_t writer = 1; writer <= 6; ++writer) {
    {
      auto publisher = insist(parent, [&] { return node.publisher<Large>("guest/newest"); });
      need(parent, publisher.send(numbered<Large>(writer, 1)));
      const auto sample = pattern.wait_take(kWatchdog);
      parent.check(sample && sample->writer == writer, "the message of this publisher comes");
      parent.check(is_intact(*sample), "it is whole");
    }
    // With pauses: the broker frees the ring and looks, and only then the pattern sees that it is over.
    parent.check(wait_until([&] { return pattern.topic_count() == 0; }), "the topic goes");
  }
}

// Pins no chunk there is, in a line of its own block that it was not granted.
void pin_beside(Parent& parent, const TestDomain& domain) {
  const PoolObserver pool(domain.path());
  const pool::PoolGeometry& geometry = pool.view().geometry();
  const pool::BlockFormat& format = geometry.block;
  const std::uint32_t line = format.waiters + 2 * format.subscriptions + format.pin_lines - 1;
  std::byte* place = nullptr;
  for (std::uint32_t block = 0; place == nullptr && block < geometry.block_owners.count; ++block) {
    const std::uint64_t offset =
        geometry.blocks.offset + std::uint64_t{block} * geometry.page_bytes;
    place = place_in_pool(offset + line * sizeof(ring::PinLineLayout), true);
  }
  parent.check(place != nullptr, "it has a block");
  reinterpret_cast<ring::PinLineLayout*>(place)->pin[ring::kPinsPerLine - 1] = UINT32_MAX;
}

// Has one of everything, and waits for its end.
void hold_everything(Parent& parent, const TestDomain& domain) {
  auto node = insist(parent, [&] { return Node::open(domain.node("guest")); });
  auto pattern = insist(parent, [&] { return node.wildcard_subscriber<Large>("guest/*"); });
  auto subscriber = insist(parent, [&] { return node.subscriber<Large>("guest/newest"); });
  auto publisher = insist(parent, [&] { return node.publisher<Large>("guest/newest"); });
  auto blocking = insist(parent, [&] { return node.publisher<Small>("guest/blocks"); });
  auto reliable = insist(parent, [&] { return node.subscriber<Small>("guest/blocks"); });
  need(parent, publisher.send(numbered<Large>(1, 1)));
  need(parent, publisher.send(numbered<Large>(1, 2)));
  const auto held = subscriber.wait_take(kWatchdog);
  const auto by_pattern = pattern.wait_take(kWatchdog);
  need(parent, blocking.send(numbered<Small>(1, 1)));
  pin_beside(parent, domain);
  parent.report("ready");
  (void)reliable.wait_take(kWatchdog);
  (void)reliable.wait_take(kWatchdog);
}

}  // namespace

TEST_CASE("a broker killed after any store to shared words loses nothing", "[survive]") {
  Matrix matrix;
  BrokerStage stage(matrix);
  const auto every = Matrix::Times::Every;
  matrix.play_at("broker, serving", Pace::Unpaced, every,
                 [&](Pace) { stage.serve(ask_for_everything); });
  matrix.play_at("broker, reaping", Pace::Unpaced, every,
                 [&](Pace) { stage.reap(hold_everything); });
  matrix.play_at("broker, taking over", Pace::Unpaced, every,
                 [&](Pace) { stage.adopt(hold_everything); });
  matrix.play_at("broker, called back", Pace::Unpaced, Matrix::Times::Chosen,
                 [&](Pace) { stage.serve(call_back); });
  stage.finish();
  matrix.check_covered({"broker/", "directory/"}, {{kTellsOfLoss, "has a test of its own"}});
}

TEST_CASE("a broker killed while it tells of the loss of its pool leaves nobody waiting",
          "[survive]") {
  Points points;
  points.aim(site_named(kTellsOfLoss), 1);
  points.watch();
  TestDomain domain;
  Points::look_away();
  auto node = domain.open("writer");
  auto publisher = must(node.publisher<Small>("topic"));
  auto reader = ChildProcess::start([&](Parent& parent) {
    auto own = need(parent, Node::open(domain.node("reader")));
    auto subscriber = need(parent, own.subscriber<Small>("topic"));
    parent.report("ready");
    const auto sample = subscriber.wait_take(kWatchdog);
    parent.check(sample.outcome() == TakeOutcome::DomainReset, "it hears that the pool has gone");
  });
  REQUIRE(reader.next_report() == "ready");
  REQUIRE(std::remove((domain.path() + "/pool").c_str()) == 0);
  REQUIRE(wait_until([&] { return state_of(domain.broker_pid()) == 'Z'; }));
  CHECK(points.hit());
  CHECK(reader.join() == kCleanExit);
  // It looks behind a message.
  auto sent = publisher.send(numbered<Small>(1, 1));
  if (sent) sent = publisher.send(numbered<Small>(1, 2));
  REQUIRE_FALSE(sent.has_value());
  CHECK(sent.error().code() == Errc::DomainReset);
  CHECK(domain.start_broker() == broker::PoolOrigin::Created);
  auto next = domain.open("next");
  must(must(next.publisher<Small>("topic")).send(numbered<Small>(1, 1)));
}

}  // namespace tarn::test
