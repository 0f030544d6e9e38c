// What publishers rely on when they borrow memory, and subscribers when they hold samples.
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/contract/transport.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"

namespace tarn::test {

namespace {

constexpr const char* kTopic = "topic";
constexpr std::uint32_t kLoans = 3;
constexpr std::uint32_t kHeld = 4;

template <typename M>
struct Pair {
  explicit Pair(const TransportKind& kind)
      : transport(kind.open(
            {.topics = {listed(kTopic, sizeof(M),
                               {.depth = 8, .publishers = 2, .held = kHeld, .loans = kLoans})}})),
        publishing(must(transport->open_publishing("publishing"))),
        reading(must(Node::open(transport->reading_node("reading")))),
        publisher(must(publishing.publisher<M>(kTopic))),
        subscriber(must(reading.subscriber<M>(kTopic))) {
    REQUIRE(meet(publisher, subscriber));
  }

  std::vector<TestedLoan<M>> borrow(std::uint32_t count) {
    std::vector<TestedLoan<M>> loans;
    while (loans.size() < count) loans.push_back(must(publisher.loan()));
    return loans;
  }
  void check_no_more_loans() {
    const auto loan = publisher.loan();
    REQUIRE_FALSE(loan);
    CHECK(to_string(loan.error().code()) == to_string(Errc::TooManyLoans));
    CHECK_THAT(loan.error().message(), contains_text("3"));
    CHECK_THAT(loan.error().message(), contains_text("loans"));
  }

  std::unique_ptr<Transport> transport;
  TestedNode publishing;
  Node reading;
  TestedPublisher<M> publisher;
  Subscriber<M> subscriber;
};

}  // namespace

TEMPLATE_TEST_CASE("as many loans as the topic allows are given, and one more refused",
                   "[contract]", Small, Large) {
  Pair<TestType> pair(GENERATE(from_range(transports())));
  auto loans = pair.borrow(kLoans);
  pair.check_no_more_loans();
  CHECK(pair.publisher.counts().loan_failures == 1);
  SECTION("until one is published") {
    fill(*loans.back(), 1, 1);
    must(pair.publisher.publish(std::move(loans.back())));
    CHECK_FALSE(loans.back());
  }
  SECTION("until one is dropped") { loans.pop_back(); }
  SECTION("until another takes its place") { loans[0] = std::move(loans[1]); }
  const auto again = must(pair.publisher.loan());
  pair.check_no_more_loans();
}

TEMPLATE_TEST_CASE("loans are published in any order and arrive in that", "[contract]", Small,
                   Large) {
  Pair<TestType> pair(GENERATE(from_range(transports())));
  auto loans = pair.borrow(kLoans);
  for (std::uint32_t i = 0; i < kLoans; ++i) fill(*loans[i], 1, i);
  for (const std::uint32_t i : {2U, 0U, 1U}) {
    must(pair.publisher.publish(std::move(loans[i])));
  }
  for (const std::uint64_t number : {2U, 0U, 1U}) {
    const auto sample = pair.subscriber.wait_take(kWatchdog);
    REQUIRE(sample);
    CHECK(sample->number == number);
    CHECK(is_intact(*sample));
  }
}

TEMPLATE_TEST_CASE("a loan that is dropped is never seen and its memory comes back", "[contract]",
                   Small, Large) {
  Pair<TestType> pair(GENERATE(from_range(transports())));
  for (std::uint64_t number = 1; number <= 200; ++number) {
    fill(*must(pair.publisher.loan()), 9, number);
    auto loan = must(pair.publisher.loan());
    fill(*loan, 1, number);
    must(pair.publisher.publish(std::move(loan)));
    const auto sample = pair.subscriber.wait_take(kWatchdog);
    REQUIRE(sample);
    CHECK(sample->writer == 1);
    CHECK(sample.sequence() == number);
    CHECK(is_intact(*sample));
  }
}

TEMPLATE_TEST_CASE("a publisher refuses loans of others and loans that are out", "[contract]",
                   Small, Large) {
  Pair<TestType> pair(GENERATE(from_range(transports())));
  auto other = must(pair.publishing.template publisher<TestType>(kTopic));
  auto loan = must(other.loan());
  fill(*loan, 2, 1);
  const auto foreign = pair.publisher.publish(std::move(loan));
  REQUIRE_FALSE(foreign);
  CHECK(to_string(foreign.error().code()) == to_string(Errc::InvalidArgument));
  REQUIRE(loan);
  CHECK(is_intact(*loan));
  must(other.publish(std::move(loan)));
  const auto twice = other.publish(std::move(loan));
  REQUIRE_FALSE(twice);
  CHECK(to_string(twice.error().code()) == to_string(Errc::InvalidArgument));
  CHECK(other.counts().published == 1);
  CHECK(pair.publisher.counts().published == 0);
}

TEMPLATE_TEST_CASE("a loan may outlive its publisher, but is not published then", "[contract]",
                   Small, Large) {
  Pair<TestType> pair(GENERATE(from_range(transports())));
  std::optional<TestedLoan<TestType>> loan;
  {
    auto other = must(pair.publishing.template publisher<TestType>(kTopic));
    loan = must(other.loan());
  }
  fill(**loan, 2, 1);
  CHECK(is_intact(**loan));
  loan.reset();
  CHECK_FALSE(pair.subscriber.try_take());
}

TEST_CASE("a subscriber holds as many samples as the topic allows, and the next one stays queued",
          "[contract]") {
  Pair<Large> pair(GENERATE(from_range(transports())));
  for (std::uint64_t number = 1; number <= kHeld + 2; ++number) {
    must(pair.publisher.send(numbered<Large>(1, number)));
  }
  std::vector<Sample<Large>> held;
  for (std::uint64_t number = 1; number <= kHeld; ++number) {
    held.push_back(pair.subscriber.wait_take(kWatchdog));
    REQUIRE(held.back());
  }
  for (int i = 0; i < 2; ++i) {
    CHECK(pair.subscriber.try_take().outcome() == TakeOutcome::TooManyHeld);
    CHECK(pair.subscriber.wait_take(kWatchdog).outcome() == TakeOutcome::TooManyHeld);
  }
  held.erase(held.begin() + 1);
  const auto next = pair.subscriber.try_take();
  REQUIRE(next);
  CHECK(next->number == kHeld + 1);
  CHECK(next.lost_before() == 0);
  CHECK(pair.subscriber.try_take().outcome() == TakeOutcome::TooManyHeld);
  for (const auto& sample : held) CHECK(is_intact(*sample));
}

TEST_CASE("a subscriber may ask to hold fewer samples than the topic allows", "[contract]") {
  Pair<Large> pair(GENERATE(from_range(transports())));
  auto modest = must(pair.reading.subscriber<Large>(kTopic, {.held = 1}));
  REQUIRE(meet(pair.publisher, modest, 2));
  for (std::uint64_t number = 1; number <= 2; ++number) {
    must(pair.publisher.send(numbered<Large>(1, number)));
  }
  auto sample = modest.wait_take(kWatchdog);
  REQUIRE(sample);
  CHECK(modest.try_take().outcome() == TakeOutcome::TooManyHeld);
  sample.release();
  CHECK(modest.try_take());
}

}  // namespace tarn::test
