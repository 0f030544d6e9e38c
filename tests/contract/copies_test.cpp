// What users rely on when they copy samples and let go of them elsewhere. In a program of its own, since
// it also runs under the thread sanitizer: copies on several threads share one pin.
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/contract/transport.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"

namespace tarn::test {

namespace {

constexpr const char* kTopic = "topic";
constexpr std::uint32_t kHeld = 2;

template <typename M>
struct Pair {
  explicit Pair(const TransportKind& kind)
      : transport(kind.open({.topics = {listed(kTopic, sizeof(M),
                                               {.depth = 4, .subscribers = 1, .held = kHeld})}})),
        publishing(must(transport->open_publishing("publishing"))),
        reading(must(Node::open(transport->reading_node("reading")))),
        publisher(must(publishing->template publisher<M>(kTopic))),
        subscriber(must(reading->template subscriber<M>(kTopic))) {
    REQUIRE(meet(*publisher, *subscriber));
  }

  void publish(std::uint64_t number) { must(publisher->send(numbered<M>(1, number))); }
  Sample<M> pass(std::uint64_t number) {
    publish(number);
    auto sample = subscriber->wait_take(kWatchdog);
    REQUIRE(sample);
    REQUIRE(sample->number == number);
    return sample;
  }
  void close_reading() {
    subscriber.reset();
    reading.reset();
  }

  std::unique_ptr<Transport> transport;
  std::optional<TestedNode> publishing;
  std::optional<Node> reading;
  std::optional<TestedPublisher<M>> publisher;
  std::optional<Subscriber<M>> subscriber;
};

template <typename M>
bool shows(const Sample<M>& sample, std::uint64_t number) {
  return sample && sample->number == number && is_intact(*sample);
}

}  // namespace

TEMPLATE_TEST_CASE("a copy of a sample is the same message again", "[contract]", Small, Large) {
  Pair<TestType> pair(GENERATE(from_range(transports())));
  const auto sample = pair.pass(1);
  Sample<TestType> copy = sample;
  CHECK(shows(copy, 1));
  CHECK(copy.sequence() == sample.sequence());
  CHECK(copy.stamp_ns() == sample.stamp_ns());
  CHECK(copy.publisher() == sample.publisher());
  SECTION("also by assignment") {
    Sample<TestType> other;
    other = copy;
    CHECK(shows(other, 1));
    CHECK(shows(copy, 1));
  }
  SECTION("of nothing is nothing") {
    const Sample<TestType> none;
    copy = none;
    CHECK_FALSE(copy);
    CHECK(copy.outcome() == TakeOutcome::Empty);
  }
  SECTION("to itself too") {
    const auto& same = copy;
    copy = same;
    CHECK(shows(copy, 1));
  }
}

TEST_CASE("copies of a big message are read at one place, those of a small one are their own",
          "[contract]") {
  Pair<Large> large(GENERATE(from_range(transports())));
  const auto in_pool = large.pass(1);
  const auto same = in_pool;
  CHECK(&*same == &*in_pool);
  Pair<Small> small(GENERATE(from_range(transports())));
  const auto own = small.pass(1);
  const auto other = own;
  CHECK(&*other != &*own);
}

TEMPLATE_TEST_CASE("a message stays as long as any copy of its sample, in whatever order they go",
                   "[contract]", Small, Large) {
  Pair<TestType> pair(GENERATE(from_range(transports())));
  std::vector<Sample<TestType>> copies(5, pair.pass(1));
  std::uint64_t number = 1;
  for (const std::size_t goes : {0U, 3U, 0U, 1U}) {
    copies.erase(copies.begin() + static_cast<std::ptrdiff_t>(goes));
    for (int i = 0; i < 50; ++i) pair.publish(++number);
    for (const auto& copy : copies) CHECK(shows(copy, 1));
  }
}

TEST_CASE("copies count once against what a subscription may hold", "[contract]") {
  Pair<Large> pair(GENERATE(from_range(transports())));
  for (std::uint64_t number = 1; number <= 100; ++number) {
    auto first = pair.pass(number);
    auto second = first;
    auto other = pair.pass(1000 + number);  // two pins, three samples
    pair.publish(2000 + number);
    CHECK(pair.subscriber->try_take().outcome() == TakeOutcome::TooManyHeld);
    first.release();
    CHECK(pair.subscriber->try_take().outcome() == TakeOutcome::TooManyHeld);
    CHECK(shows(second, number));
    second.release();
    CHECK(shows(pair.subscriber->try_take(), 2000 + number));
  }
  CHECK(pair.subscriber->counts().lost() == 0);
}

TEMPLATE_TEST_CASE("copies outlive their subscriber and its node", "[contract]", Small, Large) {
  Pair<TestType> pair(GENERATE(from_range(transports())));
  auto first = pair.pass(1);
  auto second = first;
  pair.close_reading();
  for (std::uint64_t number = 2; number < 50; ++number) pair.publish(number);
  auto third = second;
  first.release();
  second.release();
  CHECK(shows(third, 1));
  third.release();
  // All of it came back: the next one finds its place.
  pair.reading = must(Node::open(pair.transport->reading_node("reading")));
  pair.subscriber = must(pair.reading->template subscriber<TestType>(kTopic));
}

TEMPLATE_TEST_CASE("a sample is released on another thread", "[contract][threads]", Small, Large) {
  Pair<TestType> pair(GENERATE(from_range(transports())));
  std::optional<Sample<TestType>> sample = pair.pass(1);
  SECTION("while its subscriber goes on") {}
  SECTION("after its subscriber was closed") { pair.subscriber.reset(); }
  SECTION("after its node was closed") { pair.close_reading(); }
  SECTION("after the publisher's node was closed, too") {
    pair.close_reading();
    pair.publisher.reset();
    pair.publishing.reset();
  }
  bool whole = false;
  std::thread releasing([&, taken = std::move(*sample)]() mutable {
    whole = shows(taken, 1);
    taken.release();
  });
  releasing.join();
  CHECK(whole);
}

// Each thread gets copies of every message and lets go of them when it likes; the publisher overwrites
// what it may. Were a pin released too early, a message would change under somebody's eyes.
TEST_CASE("copies on many threads keep a message until the last of them goes",
          "[contract][threads]") {
  constexpr std::size_t kThreads = 3;
  constexpr int kRounds = 1000;
  constexpr int kMessagesToUseEveryChunk = 16;  // there are 12: see middleware/plan/ring_shape.cpp
  Pair<Large> pair(GENERATE(from_range(transports())));
  struct Reader {
    std::atomic<const Sample<Large>*> offered{nullptr};
    std::atomic<std::uint64_t> wrong{0};
    std::thread thread;
  };
  std::deque<Reader> readers(kThreads);
  std::atomic<bool> stop{false};
  for (Reader& reader : readers) {
    reader.thread = std::thread([&reader, &stop] {
      // acquire and release throughout: the offer hands over the sample to copy, and back.
      while (!stop.load(std::memory_order_acquire)) {
        const auto* offer = reader.offered.load(std::memory_order_acquire);
        if (offer == nullptr) {
          std::this_thread::yield();
          continue;
        }
        Sample<Large> own = *offer;
        Sample<Large> second = own;
        reader.offered.store(nullptr, std::memory_order_release);
        own.release();
        // relaxed: read after the threads are joined.
        if (!is_intact(*second)) reader.wrong.fetch_add(1, std::memory_order_relaxed);
      }
    });
  }
  std::uint64_t number = 0;
  for (int round = 0; round < kRounds; ++round) {
    // Every chunk that nobody pins is written again, while threads of the last round still read, and
    // nothing but the pin orders the two.
    for (int i = 0; i < kMessagesToUseEveryChunk; ++i) pair.publish(++number);
    auto sample = pair.subscriber->read_latest();
    while (sample.outcome() == TakeOutcome::TooManyHeld) {  // the threads still have them all
      std::this_thread::yield();
      sample = pair.subscriber->read_latest();
    }
    REQUIRE(shows(sample, number));
    for (Reader& reader : readers) reader.offered.store(&sample, std::memory_order_release);
    for (Reader& reader : readers) {
      while (reader.offered.load(std::memory_order_acquire) != nullptr) std::this_thread::yield();
    }
    sample.release();
  }
  stop.store(true, std::memory_order_release);
  for (Reader& reader : readers) {
    reader.thread.join();
    // relaxed: the thread has ended.
    CHECK(reader.wrong.load(std::memory_order_relaxed) == 0);
  }
  // Every pin is free again.
  const auto one = pair.pass(number + 1);
  const auto two = pair.pass(number + 2);
  CHECK(shows(one, number + 1));
  CHECK(shows(two, number + 2));
}

}  // namespace tarn::test
