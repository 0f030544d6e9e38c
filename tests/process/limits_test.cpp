// Every limit answers with an error of its own, which names the YAML key and the numbers; whoever is
// there already notices nothing; and what was refused works once there is room.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tarn/tarn.hpp>

#include "platform/process_handle.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"

namespace tarn::test {

namespace {

// A publisher and a subscriber that were there before; each check sends a message through them.
class Bystanders {
 public:
  explicit Bystanders(const TestDomain& domain, const std::string& topic = "bystanders")
      : node_(domain.open("bystander")),
        publisher_(must(node_.publisher<Small>(topic))),
        subscriber_(must(node_.subscriber<Small>(topic))) {}

  void check_undisturbed() {
    ++number_;
    must(publisher_.send(numbered<Small>(1, number_)));
    const auto sample = subscriber_.try_take();
    REQUIRE(sample);
    CHECK(sample->number == number_);
    CHECK(is_intact(*sample));
    CHECK(subscriber_.counts().received == number_);
    CHECK(subscriber_.counts().lost() == 0);
  }
  [[nodiscard]] Node& node() { return node_; }

 private:
  Node node_;
  Publisher<Small> publisher_;
  Subscriber<Small> subscriber_;
  std::uint64_t number_ = 0;
};

template <typename T>
void check_refused(const Result<T>& result, Errc code, const std::vector<std::string>& named) {
  REQUIRE_FALSE(result);
  CHECK(to_string(result.error().code()) == to_string(code));
  for (const std::string& text : named) CHECK_THAT(result.error().message(), contains_text(text));
}

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;

struct Frame {
  std::array<std::uint8_t, 300'000> pixels;
};
TARN_MESSAGE(Frame, pixels)

}  // namespace

TEST_CASE("one node more than limits.clients is refused", "[process][limits]") {
  const TestDomain domain({.limits = {.clients = 3}});
  Bystanders bystanders(domain);
  std::optional<Node> second = domain.open("second");
  const Node third = domain.open("third");
  check_refused(Node::open(domain.node("fourth")), Errc::TooManyClients,
                {"'fourth'", "3", "limits.clients"});
  bystanders.check_undisturbed();
  second.reset();
  CHECK(Node::open(domain.node("fourth")));
  bystanders.check_undisturbed();
}

TEST_CASE("one observer more than limits.observers is refused", "[process][limits]") {
  const TestDomain domain({.limits = {.observers = 2}});
  Bystanders bystanders(domain);
  const ObserverOptions options{.runtime_directory = domain.path(), .timeout = kWatchdog};
  std::optional<Observer> one = must(Observer::open(options));
  const auto other = must(Observer::open(options));
  check_refused(Observer::open(options), Errc::TooManyObservers, {"2", "limits.observers"});
  bystanders.check_undisturbed();
  one.reset();
  // The broker hears of its end when it reads its socket.
  CHECK(wait_until([&] { return Observer::open(options).has_value(); }));
  bystanders.check_undisturbed();
}

TEST_CASE("one topic more than limits.topics is refused", "[process][limits]") {
  const TestDomain domain({.limits = {.topics = 2}});
  Bystanders bystanders(domain);
  auto node = domain.open("node");
  std::optional<Publisher<Small>> second = must(node.publisher<Small>("second"));
  check_refused(node.publisher<Small>("third"), Errc::TooManyTopics,
                {"'third'", "2", "limits.topics"});
  check_refused(node.subscriber<Small>("third"), Errc::TooManyTopics,
                {"'third'", "2", "limits.topics"});
  bystanders.check_undisturbed();
  second.reset();
  CHECK(node.publisher<Small>("third"));
  bystanders.check_undisturbed();
}

TEST_CASE("one publisher more than a topic has is refused", "[process][limits]") {
  const TestDomain domain({.topics = {listed("two", sizeof(Small), {.publishers = 2})}});
  Bystanders bystanders(domain);
  auto node = domain.open("node");
  std::optional<Publisher<Small>> one = must(node.publisher<Small>("two"));
  const auto other = must(node.publisher<Small>("two"));
  check_refused(node.publisher<Small>("two"), Errc::TooManyPublishers,
                {"'two'", "2 of 2", "topics.two.publishers"});
  bystanders.check_undisturbed();
  one.reset();
  CHECK(node.publisher<Small>("two"));
  bystanders.check_undisturbed();
}

TEST_CASE("a topic that is not listed has sixteen publishers and no more", "[process][limits]") {
  const TestDomain domain;
  Bystanders bystanders(domain);
  auto node = domain.open("node");
  std::vector<Publisher<Small>> publishers;
  while (publishers.size() < kMaxPublishersPerUnlistedTopic) {
    publishers.push_back(must(node.publisher<Small>("unlisted")));
  }
  check_refused(node.publisher<Small>("unlisted"), Errc::TooManyPublishers,
                {"'unlisted'", "16 of 16", "topics.unlisted.publishers"});
  bystanders.check_undisturbed();
}

TEST_CASE("one publisher more than limits.publishers is refused", "[process][limits]") {
  // Two, the bystander's among them.
  const TestDomain domain({.limits = {.publishers = 2}});
  Bystanders bystanders(domain);
  auto node = domain.open("node");
  std::optional<Publisher<Small>> second = must(node.publisher<Small>("second"));
  check_refused(node.publisher<Small>("third"), Errc::TooManyPublishers,
                {"2", "limits.publishers"});
  bystanders.check_undisturbed();
  second.reset();
  CHECK(node.publisher<Small>("third"));
  bystanders.check_undisturbed();
}

TEST_CASE("one subscriber more than a topic has is refused", "[process][limits]") {
  const TestDomain domain({.topics = {listed("two", sizeof(Small), {.subscribers = 2})}});
  Bystanders bystanders(domain);
  auto node = domain.open("node");
  std::optional<Subscriber<Small>> one = must(node.subscriber<Small>("two"));
  const auto other = must(node.subscriber<Small>("two"));
  check_refused(node.subscriber<Small>("two"), Errc::TooManySubscribers,
                {"'two'", "2 of 2", "topics.two.subscribers"});
  bystanders.check_undisturbed();
  one.reset();
  CHECK(node.subscriber<Small>("two"));
  bystanders.check_undisturbed();
}

TEST_CASE("a publisher whose subscribers find no room in limits.memberships is refused",
          "[process][limits]") {
  // Each ring keeps a place for every subscriber its topic may have: eight, by default.
  const TestDomain domain({.limits = {.memberships = 16}});
  Bystanders bystanders(domain);
  auto node = domain.open("node");
  std::optional<Publisher<Small>> second = must(node.publisher<Small>("second"));
  check_refused(node.publisher<Small>("third"), Errc::TooManyMemberships,
                {"'third'", "8", "16", "limits.memberships"});
  bystanders.check_undisturbed();
  second.reset();
  CHECK(node.publisher<Small>("third"));
  bystanders.check_undisturbed();
}

TEST_CASE("one sleeper more than limits.waiters is refused", "[process][limits]") {
  const TestDomain domain({.limits = {.waiters = 2}});
  Bystanders bystanders(domain);
  auto node = domain.open("node");
  std::optional<Subscriber<Small>> second = must(node.subscriber<Small>("other"));
  check_refused(node.subscriber<Small>("other"), Errc::TooManyWaiters, {"2", "limits.waiters"});
  bystanders.check_undisturbed();
  second.reset();
  CHECK(node.subscriber<Small>("other"));
  bystanders.check_undisturbed();
}

TEST_CASE("a publisher for whom the pool has no room is refused with the numbers and the holders",
          "[process][limits]") {
  const TestDomain domain({.pool_bytes = 16 * kMebibyte});
  const PoolObserver pool(domain.path());
  Bystanders bystanders(domain);
  auto node = domain.open("greedy");
  // 16 slots, 2 loans, 8 subscribers with 2 samples each and one to spare: 35 frames.
  std::optional<Publisher<Frame>> first = must(node.publisher<Frame>("frames/first"));
  const std::uint64_t area_bytes = pool.usage().area_bytes;
  REQUIRE(area_bytes >= 35 * sizeof(Frame));
  check_refused(node.publisher<Frame>("frames/second"), Errc::PoolFull,
                {"'frames/second'", "bytes", "free", "pool.size", "'greedy'",
                 std::to_string(platform::own_pid()), "'frames/first'"});
  bystanders.check_undisturbed();
  CHECK(pool.usage().area_bytes == area_bytes);
  first.reset();
  CHECK(node.publisher<Frame>("frames/second"));
  bystanders.check_undisturbed();
}

TEST_CASE("what is kept for listed topics is refused to topics that are not listed",
          "[process][limits]") {
  const TestDomain domain(
      {.topics = {listed("camera", sizeof(Frame), {.depth = 4, .subscribers = 2})},
       .pool_bytes = 10 * kMebibyte});
  Bystanders bystanders(domain);
  auto node = domain.open("node");
  check_refused(node.publisher<Frame>("not/listed"), Errc::PoolFull,
                {"'not/listed'", "kept for listed topics", "pool.size"});
  bystanders.check_undisturbed();
  CHECK(node.publisher<Frame>("camera"));
}

TEST_CASE("a message larger than its topic's size is refused with both numbers",
          "[process][limits]") {
  const TestDomain domain({.topics = {listed("small", 32, {})}});
  Bystanders bystanders(domain);
  auto node = domain.open("node");
  check_refused(node.publisher<Small>("small"), Errc::TooLarge,
                {"'small'", "Small", "40", "32", "topics.small.size"});
  check_refused(node.subscriber<Small>("small"), Errc::TooLarge,
                {"'small'", "Small", "40", "32", "topics.small.size"});
  bystanders.check_undisturbed();
}

TEST_CASE("to ask for more than a topic gives is refused with both numbers", "[process][limits]") {
  const TestDomain domain(
      {.topics = {listed("listed", sizeof(Small),
                         {.depth = 8, .history = 4, .subscribers = 16, .held = 3, .loans = 5})}});
  Bystanders bystanders(domain);
  auto node = domain.open("node");
  check_refused(node.subscriber<Small>("listed", {.history = 5}), Errc::InvalidArgument,
                {"'listed'", "history", "5", "4", "topics.listed.history"});
  check_refused(node.subscriber<Small>("listed", {.depth = 9}), Errc::InvalidArgument,
                {"'listed'", "depth", "9", "8", "topics.listed.depth"});
  check_refused(node.subscriber<Small>("listed", {.held = 4}), Errc::InvalidArgument,
                {"'listed'", "held", "4", "3", "topics.listed.held"});
  check_refused(node.publisher<Small>("listed", {.loans = 6}), Errc::InvalidArgument,
                {"'listed'", "loans", "6", "5", "topics.listed.loans"});
  check_refused(node.publisher<Small>("unlisted", {.loans = 3}), Errc::InvalidArgument,
                {"'unlisted'", "loans", "3", "2", "defaults.loans"});
  bystanders.check_undisturbed();
  CHECK(node.subscriber<Small>("listed", {.history = 4, .depth = 8, .held = 3}));
  CHECK(node.publisher<Small>("listed", {.loans = 5}));
}

TEST_CASE("refused requests leave nothing behind", "[process][limits]") {
  const TestDomain domain({.topics = {listed("one", sizeof(Small), {.subscribers = 1})},
                           .limits = {.clients = 1, .topics = 1}});
  const PoolObserver pool(domain.path());
  {
    auto node = domain.open("only");
    auto publisher = must(node.publisher<Small>("one"));
    auto subscriber = must(node.subscriber<Small>("one"));
    const PoolUsage before = pool.usage();
    for (int i = 0; i < 300; ++i) {
      CHECK_FALSE(Node::open(domain.node("more")));
      CHECK_FALSE(node.publisher<Small>("one"));
      CHECK_FALSE(node.subscriber<Small>("one"));
      CHECK_FALSE(node.publisher<Small>("two"));
      CHECK_FALSE(node.publisher<Large>("one"));
    }
    CHECK(pool.usage() == before);
    must(publisher.send(numbered<Small>(1, 1)));
    CHECK(subscriber.try_take());
  }
  CHECK(pool.becomes_empty());
}

}  // namespace tarn::test
