// A million messages on topics of different policies at once, read by those who stay, by those who come and
// go, and by those who are killed. Every reader accounts for every message of every publisher from where it
// began: received, lost or passed over, none twice. Seeded: --rng-seed repeats the choices, if not the
// moments.
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/process/accounts.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/effort.hpp"
#include "tests/support/seed.hpp"

namespace tarn::test {

namespace {

using namespace std::chrono_literals;
using directory::Overflow;

// Busy machines and sanitizers; nothing here takes near as long on a healthy one.
constexpr auto kPatience = 100s;
constexpr std::uint32_t kDepth = 32;

struct Policy {
  const char* topic;
  Overflow overflow;
  std::uint64_t messages;  // of each publisher, at least
};
constexpr bool drops(const Policy& policy) {
  return policy.overflow == Overflow::DropOldest || policy.overflow == Overflow::DropNewest;
}
constexpr std::uint64_t kMessages = effort(170'000, 10'000);
constexpr std::array<Policy, kAuditedTopics> kPolicies{{
    {.topic = "drops", .overflow = Overflow::DropOldest, .messages = kMessages},
    {.topic = "blocks", .overflow = Overflow::Block, .messages = kMessages},
    {.topic = "rejects", .overflow = Overflow::Reject, .messages = kMessages},
    {.topic = "drops/newest", .overflow = Overflow::DropNewest, .messages = kMessages},
}};

std::uint64_t scale() { return std::getenv("TARN_SOAK") == nullptr ? 1 : 10; }

// How one reader behaves.
struct Manner {
  std::uint32_t topic = 0;
  std::uint32_t place = 0;  // of its account
  Reliability reliability = Reliability::AsTopic;
  bool passes_over = false;                  // asks for the latest
  bool stays = false;                        // from before the first message until after the last
  std::uint64_t enough = ~std::uint64_t{0};  // messages after which it leaves

  [[nodiscard]] bool loses() const {
    return reliability == Reliability::BestEffort || drops(kPolicies[topic]);
  }
  // What comes may not be the last: that was refused.
  [[nodiscard]] bool may_miss_the_last() const {
    return kPolicies[topic].overflow == Overflow::DropNewest;
  }
};

template <typename M>
plan::TopicRule rule_of(const Policy& policy) {
  return listed(policy.topic, sizeof(M),
                {.depth = kDepth,
                 .publishers = kWritersPerTopic,
                 .subscribers = 16,
                 .orphans = kWritersPerTopic,
                 .overflow = policy.overflow,
                 .timeout = kPatience});
}

template <typename M>
class Reading {
 public:
  Reading(Parent& parent, const TestDomain& domain, const SharedBooks& books, const Manner& manner)
      : parent_(parent),
        books_(books),
        manner_(manner),
        node_(need(parent, Node::open(domain.node("reader")))),
        before_(progress()),
        subscriber_(need(parent, node_.subscriber<M>(kPolicies[manner.topic].topic,
                                                     {.reliability = manner.reliability}))),
        after_(progress()) {}

  // Until it has seen enough, or everything.
  void run() {
    while (account_.sum(&Sight::received) < manner_.enough && !saw_everything()) {
      // The time-out is no failure: a reader that passes over messages may have nothing left to read.
      auto sample = manner_.passes_over && turn_++ % 8 != 0 ? subscriber_.read_latest()
                                                            : subscriber_.wait_take(20ms);
      if (sample) note(std::move(sample));
    }
    parent_.check(!held_ || is_intact(*held_), "what was held is what it was");
    check_counts();
  }

 private:
  using Progress = std::array<std::uint64_t, kWritersPerTopic>;

  [[nodiscard]] Progress progress() const {
    Progress now{};
    for (std::uint32_t i = 0; i < kWritersPerTopic; ++i) {
      now[i] = books_->writers[manner_.topic][i].published;
    }
    return now;
  }

  void note(Sample<M>&& sample) {
    parent_.check(is_intact(*sample) && sample.sequence() == sample->number, "a message is whole");
    Sight& sight = account_.of.at(sample->writer);
    const bool first = sight.received == 0;
    parent_.check(sight.note(sample, manner_.passes_over), "nothing comes twice or out of turn");
    if (first) check_begin(sight.begin, sample->writer);
    books_->accounts[manner_.place].write(account_);
    books_->accounts[manner_.place].note_seen(account_.sum(&Sight::received));
    parent_.check(!held_ || is_intact(*held_), "what is held stays what it was");
    held_ = std::move(sample);
  }

  // What was published before it was made is no business of its; all that came after is, though it may have
  // passed over the first of that. One message may be on its way to the books.
  void check_begin(std::uint64_t begin, std::uint32_t writer) {
    // The latest may be one from before.
    const std::uint64_t earliest = before_[writer] - (manner_.passes_over && before_[writer] > 0);
    parent_.check(begin >= earliest, "no message from before it began");
    parent_.check(manner_.passes_over || begin <= after_[writer] + 1,
                  "every message from since it began");
  }

  // Once everything is published, all that is still to come is there.
  [[nodiscard]] bool saw_everything() {
    if (!books_->finished(manner_.topic)) return false;
    while (auto sample = subscriber_.try_take()) note(std::move(sample));
    if (!manner_.passes_over && !manner_.may_miss_the_last()) check_ends();
    return true;
  }
  // Who was there before the last message has seen it; the books may have been one behind.
  void check_ends() {
    const Progress last = progress();
    for (std::uint32_t i = 0; i < kWritersPerTopic; ++i) {
      const Sight& sight = account_.of[i];
      parent_.check(sight.received == 0 ? after_[i] + 1 >= last[i] : sight.last == last[i],
                    "it has seen each publisher's last message");
    }
  }

  void check_counts() {
    const SubscriberCounts counts = subscriber_.counts();
    parent_.check(counts.safety_wakeups == 0, "every wake-up was a bell");
    parent_.check(manner_.loses() || counts.lost() == 0, "a reliable reader loses nothing");
    const std::uint64_t refused = manner_.may_miss_the_last() ? counts.lost_refused : 0;
    parent_.check(counts.lost() == counts.lost_overwritten + refused,
                  "and nobody for another reason");
    if (!manner_.passes_over) {
      parent_.check(counts.skipped == 0, "nothing is passed over unasked");
      parent_.check(counts.received == account_.sum(&Sight::received), "it counts what it took");
      // What was overwritten since its last message may be counted already.
      parent_.check(counts.lost() >= account_.sum(&Sight::lost), "and what it lost");
    }
    if (!manner_.stays) return;
    parent_.check(
        counts.received + counts.lost() + counts.skipped == books_->published(manner_.topic),
        "received + lost + skipped == published");
  }

  Parent& parent_;
  const SharedBooks& books_;
  Manner manner_;
  Node node_;
  Progress before_;
  Subscriber<M> subscriber_;
  Progress after_;
  Account account_;
  Sample<M> held_;
  std::uint64_t turn_ = 0;
};

template <typename M>
void publish_all(Parent& parent, const TestDomain& domain, const SharedBooks& books,
                 std::uint32_t topic, std::uint32_t writer) {
  const Policy& policy = kPolicies[topic];
  auto node = need(parent, Node::open(domain.node("writer")));
  auto publisher = need(parent, node.publisher<M>(policy.topic));
  parent.report("ready");
  parent.wait_for_go();
  auto& own = books->writers[topic][writer];
  std::uint64_t number = 0;
  std::uint64_t rejected = 0;
  std::uint64_t refused = 0;
  // One that never waits goes on for as long as the others have something to do.
  while (number < policy.messages * scale() ||
         (drops(policy) && !(books->finished(1) && books->finished(2)))) {
    const M message = numbered<M>(writer, ++number);
    auto sent = publisher.send(message);
    if (!sent && sent.error().code() == Errc::WouldBlock) {
      ++rejected;
      sent = publisher.send(message, {.timeout = kPatience});
    }
    const Published published = need(parent, std::move(sent));
    parent.check(published.sequence == number, "each message gets its number");
    refused += published.refused;
    own.published = number;
    if (drops(policy) && number % kDepth == 0) std::this_thread::yield();
  }
  const PublisherCounts counts = publisher.counts();
  parent.check(counts.published == number && counts.rejected == rejected, "it counts what it did");
  parent.check(counts.refused == refused, "and what became of it");
  parent.check(counts.safety_wakeups == 0, "every wake-up was a bell");
  own.finished = 1;
  parent.report("done");
  parent.wait_for_go();
}

template <typename M>
class Run {
 public:
  Run() : domain_({.topics = topics()}), pool_(domain_.path()), random_(seed()) {}

  void play() {
    for (const Manner& manner : stayers()) readers_.push_back(start(manner));
    start_publishers();
    int rounds = 0;
    while (!all_finished()) {
      come_and_go();
      ++rounds;
    }
    CHECK(rounds > 0);
    for (auto& reader : readers_) CHECK(reader.join(kPatience) == kCleanExit);
    for (auto& publisher : publishers_) {
      CHECK(publisher.next_report(kPatience) == "done");
      publisher.go();
      CHECK(publisher.join() == kCleanExit);
    }
    check_books();
    CHECK(pool_.becomes_empty());
  }

 private:
  static std::vector<plan::TopicRule> topics() {
    std::vector<plan::TopicRule> rules;
    for (const Policy& policy : kPolicies) rules.push_back(rule_of<M>(policy));
    return rules;
  }
  // Two for each topic: one as the topic has it, one that loses what it is too slow for; of the topic that
  // drops the second asks for the latest.
  static std::vector<Manner> stayers() {
    std::vector<Manner> manners;
    for (std::uint32_t topic = 0; topic < kAuditedTopics; ++topic) {
      manners.push_back({.topic = topic, .place = 2 * topic, .stays = true});
      manners.push_back({.topic = topic,
                         .place = 2 * topic + 1,
                         .reliability = Reliability::BestEffort,
                         .passes_over = topic == 0,
                         .stays = true});
    }
    return manners;
  }

  ChildProcess start(const Manner& manner) {
    books_->accounts[manner.place].clear();
    books_->accounts[manner.place].note_seen(0);
    auto child = ChildProcess::start([this, manner](Parent& parent) {
      Reading<M> reading(parent, domain_, books_, manner);
      parent.report("ready");
      reading.run();
    });
    REQUIRE(child.next_report() == "ready");
    return child;
  }
  void start_publishers() {
    for (std::uint32_t topic = 0; topic < kAuditedTopics; ++topic) {
      for (std::uint32_t writer = 0; writer < kWritersPerTopic; ++writer) {
        publishers_.push_back(ChildProcess::start([this, topic, writer](Parent& parent) {
          publish_all<M>(parent, domain_, books_, topic, writer);
        }));
        REQUIRE(publishers_.back().next_report() == "ready");
      }
    }
    for (auto& publisher : publishers_) publisher.go();
  }
  [[nodiscard]] bool all_finished() const {
    return books_->finished(0) && books_->finished(1) && books_->finished(2) && books_->finished(3);
  }

  std::uint64_t pick(std::uint64_t most) {
    return std::uniform_int_distribution<std::uint64_t>(0, most)(random_);
  }
  Manner any_manner(std::uint32_t place) {
    const auto topic = static_cast<std::uint32_t>(pick(kAuditedTopics - 1));
    return {.topic = topic,
            .place = place,
            .reliability = pick(1) == 0 ? Reliability::AsTopic : Reliability::BestEffort,
            .passes_over = pick(3) == 0};
  }
  // Three readers join at once. Two leave when they have seen enough; one is killed at no particular moment.
  void come_and_go() {
    constexpr std::uint32_t kFirst = 2 * kAuditedTopics;
    Manner victim = any_manner(kFirst);
    auto dying = start(victim);
    std::vector<ChildProcess> leaving;
    for (const std::uint32_t place : {kFirst + 1, kFirst + 2}) {
      Manner manner = any_manner(place);
      manner.enough = pick(2000);
      leaving.push_back(start(manner));
    }
    const std::uint64_t moment = pick(2000);
    const AccountPlace& place = books_->accounts[victim.place];
    CHECK(wait_until([&] { return place.seen() >= moment || books_->finished(victim.topic); },
                     kPatience));
    dying.kill(SIGKILL);
    // It may have seen everything before.
    const ChildEnd end = dying.join();
    CHECK((end == killed_by(SIGKILL) || end == kCleanExit));
    for (const Sight& sight : place.read().of) CHECK((sight.received == 0 || sight.adds_up()));
    for (auto& child : leaving) CHECK(child.join(kPatience) == kCleanExit);
  }

  void check_books() {
    std::uint64_t published = 0;
    for (std::uint32_t topic = 0; topic < kAuditedTopics; ++topic) {
      published += books_->published(topic);
      for (std::uint32_t writer = 0; writer < kWritersPerTopic; ++writer) {
        // Here the last messages may have been refused: its readers' own counts add up.
        if (kPolicies[topic].overflow == Overflow::DropNewest) continue;
        INFO(kPolicies[topic].topic << ", publisher " << writer);
        const std::uint64_t all = books_->writers[topic][writer].published;
        check_pair(books_->accounts[2 * topic].read().of[writer], all);
        // Who passes over messages sees the last ones of a publisher only if no other had later ones.
        if (topic != 0) check_pair(books_->accounts[2 * topic + 1].read().of[writer], all);
      }
    }
    CHECK(published >= effort<std::uint64_t>(1'000'000, 0) * scale());
  }
  static void check_pair(const Sight& sight, std::uint64_t published) {
    CHECK(sight.begin == 0);
    CHECK(sight.received + sight.lost + sight.skipped == published);
  }

  TestDomain domain_;
  PoolObserver pool_;
  SharedBooks books_;
  std::mt19937 random_;
  std::vector<ChildProcess> readers_;
  std::vector<ChildProcess> publishers_;
};

}  // namespace

TEST_CASE("a million messages are accounted for while readers come, go and die",
          "[process][accounts]") {
  SECTION("small ones") { Run<Small>().play(); }
  SECTION("in chunks") { Run<Large>().play(); }
}

}  // namespace tarn::test
