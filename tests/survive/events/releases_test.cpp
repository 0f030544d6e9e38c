// Loans and samples that are moved, copied, published, released and released again in any order: what a handle
// holds is held exactly as long as one holds it, and nothing is given back twice. A model says before each
// step what must come of it.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pass_set.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/effort.hpp"
#include "tests/support/seed.hpp"

namespace tarn::test {

namespace {

constexpr const char* kTopic = "topic";
constexpr std::uint32_t kSteps = effort(1'000'000, 50'000);
constexpr std::size_t kHeld = 3;
constexpr std::size_t kLoans = 3;
constexpr std::size_t kPlaces = 8;  // for samples, more than may be held

class RandomHands {
 public:
  explicit RandomHands(const TestDomain& domain)
      : node_(domain.open("hands")),
        publisher_(must(node_.publisher<Large>(kTopic))),
        other_(must(node_.publisher<Large>("other"))),
        subscriber_(must(node_.subscriber<Large>(kTopic))),
        loans_(kLoans + 1) {}

  void step() {
    switch (pick(10)) {
      case 0:
        return lend();
      case 1:
        return publish();
      case 2:
        return publish_elsewhere();
      case 3:
        return drop_loan();
      case 4:
      case 5:
        return take();
      case 6:
        return copy();
      case 7:
        return move();
      default:
        return release();
    }
  }
  [[nodiscard]] std::uint64_t wrong() const { return wrong_; }
  [[nodiscard]] Pair pair() {
    while (subscriber_.try_take()) {
    }
    const SubscriberCounts counts = subscriber_.counts();
    return {.name = kTopic,
            .published = publisher_.counts().published,
            .received = counts.received,
            .lost = counts.lost()};
  }
  void release_all() {
    for (std::size_t i = 0; i < kPlaces; ++i) release_at(i);
  }

 private:
  using Place = std::optional<Loan<Large>>;

  std::size_t pick(std::size_t count) { return random_() % count; }
  void expect(bool holds) { wrong_ += holds ? 0 : 1; }
  [[nodiscard]] std::size_t loans_out() const {
    std::size_t out = 0;
    for (const Place& place : loans_) out += place && *place ? 1 : 0;
    return out;
  }

  // A place without a loan, or with one that was published, gets one while there are any.
  void lend() {
    Place& place = loans_[pick(loans_.size())];
    if (place && *place) return;
    auto loan = publisher_.loan();
    expect(loan.has_value() == (loans_out() < kLoans));
    if (!loan) return expect(loan.error().code() == Errc::TooManyLoans);
    fill(**loan, 1, ++number_);
    place.emplace(std::move(*loan));
    expect(!*loan);
  }
  void publish() {
    Place& place = loans_[pick(loans_.size())];
    if (!place) return;
    const bool is_good = static_cast<bool>(*place);
    expect(!is_good || is_intact(**place));
    const auto published = publisher_.publish(std::move(*place));
    expect(published.has_value() == is_good);
    if (!published) expect(published.error().code() == Errc::InvalidArgument);
    expect(!*place);  // out, or was before
  }
  // A loan of another publisher is refused, and stays what it was.
  void publish_elsewhere() {
    Place& place = loans_[pick(loans_.size())];
    if (!place) return;
    const bool was_good = static_cast<bool>(*place);
    const auto refused = other_.publish(std::move(*place));
    expect(!refused && refused.error().code() == Errc::InvalidArgument);
    expect(static_cast<bool>(*place) == was_good);
  }
  void drop_loan() { loans_[pick(loans_.size())].reset(); }

  void take() {
    const std::size_t place = pick(kPlaces);
    const bool room = held_.size() < kHeld;
    auto sample = subscriber_.try_take();
    expect(room ? sample.outcome() != TakeOutcome::TooManyHeld
                : sample.outcome() != TakeOutcome::Taken);
    if (sample) {
      expect(is_intact(*sample));
      ++held_[sample->number];
    }
    const bool taken = static_cast<bool>(sample);
    const std::uint64_t number = taken ? sample->number : 0;
    forget(place);
    samples_[place] = std::move(sample);
    numbers_[place] = number;
    check(place);
  }
  void copy() {
    const std::size_t from = pick(kPlaces);
    const std::size_t to = pick(kPlaces);
    if (numbers_[from] != 0) ++held_[numbers_[from]];
    const std::uint64_t number = numbers_[from];
    forget(to);
    const Sample<Large>& source = samples_[from];
    samples_[to] = source;
    numbers_[to] = number;
    check(from);
    check(to);
  }
  void move() {
    const std::size_t from = pick(kPlaces);
    const std::size_t to = pick(kPlaces);
    if (from != to) {
      forget(to);
      numbers_[to] = std::exchange(numbers_[from], 0);
    }
    samples_[to] = std::move(samples_[from]);
    check(from);
    check(to);
  }
  void release() {
    const std::size_t place = pick(kPlaces);
    release_at(place);
    samples_[place].release();  // once more
    check(place);
  }
  void release_at(std::size_t place) {
    forget(place);
    samples_[place].release();
  }
  // One sample less has the message of this place.
  void forget(std::size_t place) {
    const std::uint64_t number = std::exchange(numbers_[place], 0);
    if (number != 0 && --held_[number] == 0) held_.erase(number);
  }
  void check(std::size_t place) {
    const Sample<Large>& sample = samples_[place];
    expect(static_cast<bool>(sample) == (numbers_[place] != 0));
    if (sample) expect(sample->number == numbers_[place] && is_intact(*sample));
  }

  std::mt19937 random_{seed()};
  Node node_;
  Publisher<Large> publisher_;
  Publisher<Large> other_;
  Subscriber<Large> subscriber_;
  std::vector<Place> loans_;
  std::array<Sample<Large>, kPlaces> samples_;
  std::array<std::uint64_t, kPlaces> numbers_{};   // of the messages in them; 0: none
  std::map<std::uint64_t, std::uint32_t> held_{};  // samples by message
  std::uint64_t number_ = 0;
  std::uint64_t wrong_ = 0;
};

}  // namespace

TEST_CASE("a million takes, copies, moves and releases in any order give nothing back twice",
          "[survive][events]") {
  const TestDomain domain(
      {.topics = {listed(kTopic, sizeof(Large), {.depth = 2, .held = kHeld, .loans = kLoans})}});
  const PassSet before(domain);
  Pair pair;
  {
    RandomHands hands(domain);
    const std::uint32_t steps = std::getenv("TARN_SOAK") != nullptr ? 10 * kSteps : kSteps;
    for (std::uint32_t i = 0; i < steps; ++i) hands.step();
    CHECK(hands.wrong() == 0);
    hands.release_all();
    pair = hands.pair();
  }
  before.check({.pairs = {pair}});
}

}  // namespace tarn::test
