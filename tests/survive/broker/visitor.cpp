#include "tests/survive/broker/visitor.hpp"

#include <csignal>
#include <optional>
#include <utility>

#include <tarn/tarn.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"

namespace tarn::test {

namespace {

constexpr const char* kMeeting = "meeting";
constexpr SubscriberOptions kAside{.reliability = Reliability::BestEffort};  // nobody waits for it

std::string topic_of(int which) { return "visit/" + std::to_string(which); }

// Asks until a broker has answered.
template <typename Ask>
auto insist(Parent& parent, Ask ask) {
  for (;;) {
    auto answer = ask();
    if (answer) return std::move(*answer);
    parent.check(answer.error().code() == Errc::NoBroker, answer.error().message());
    parent.report(kNoBroker);
    parent.wait_for_go();
  }
}

// A question that a broker answers, and that leaves nothing behind.
Result<bool> refused(Node& node) {
  const auto publisher = node.publisher<Small>("circle/0");  // which carries another type
  if (!publisher && publisher.error().code() == Errc::NoBroker) return Failure(publisher.error());
  return !publisher;
}

struct Belongings {
  explicit Belongings(int which) : topic(topic_of(which)) {}

  const std::string topic;
  std::optional<Node> node;
  std::optional<Publisher<Large>> publisher;
  std::optional<Subscriber<Large>> subscriber;
  std::optional<Publisher<Large>> speaker;    // whom others hear
  std::optional<Subscriber<Large>> listener;  // to one who stays
  std::optional<WildcardSubscriber<Large>> all;
  std::optional<WaitSet> wait_set;
  std::optional<Loan<Large>> loan;
  Sample<Large> held;

  // Its topic has room for one publisher and one subscriber: any that a broker forgot is in the way.
  void ask(Parent& parent) {
    publisher = insist(parent, [&] { return node->publisher<Large>(topic); });
    subscriber = insist(parent, [&] { return node->subscriber<Large>(topic); });
    speaker = insist(parent, [&] { return node->publisher<Large>(kMeeting); });
    listener = insist(parent, [&] { return node->subscriber<Large>("circle/4", kAside); });
    all = insist(parent, [&] { return node->wildcard_subscriber<Large>("circle/*", kAside); });
    wait_set = insist(parent, [&] { return node->wait_set(); });
    need(parent, publisher->send(numbered<Large>(2, 1)));
    held = subscriber->try_take();
    parent.check(static_cast<bool>(held), "its own message comes");
    loan = need(parent, publisher->loan());
  }

  void give_back() {
    held = {};
    loan.reset();
    wait_set.reset();
    all.reset();
    listener.reset();
    speaker.reset();
    subscriber.reset();
    publisher.reset();
  }
};

void visit(Parent& parent, const NodeOptions& options, Visit step, int which) {
  Belongings has(which);
  const auto begin = [&](Visit now) {
    if (now != step) return;
    parent.report("ready");
    parent.wait_for_go();
  };
  const auto end = [&](Visit now) {
    if (now != step) return false;
    parent.report(kDone);
    parent.wait_for_go();
    return true;
  };
  begin(Visit::Come);
  has.node = insist(parent, [&] { return Node::open(options); });
  if (end(Visit::Come)) return;
  begin(Visit::Ask);
  has.ask(parent);
  if (end(Visit::Ask)) return;
  begin(Visit::Die);
  begin(Visit::Leave);
  if (step == Visit::Leave) {
    has.give_back();
    has.node.reset();
    (void)end(Visit::Leave);
    return;
  }
  begin(Visit::GiveBack);
  has.give_back();
  // Only who has really given it back gets it again.
  has.publisher = insist(parent, [&] { return has.node->publisher<Large>(has.topic); });
  has.subscriber = insist(parent, [&] { return has.node->subscriber<Large>(has.topic); });
  has.give_back();
  // What it could not say it says with the next question, whatever that is.
  insist(parent, [&] { return refused(*has.node); });
  (void)end(Visit::GiveBack);
}

}  // namespace

plan::TopicRule Visitor::topic(int which) {
  return listed(topic_of(which), sizeof(Large),
                {.depth = 4,
                 .publishers = 1,
                 .subscribers = 1,
                 .overflow = directory::Overflow::Block,
                 .timeout = kWatchdog});
}

plan::TopicRule Visitor::meeting() {
  return listed(kMeeting, sizeof(Large), {.depth = 4, .publishers = 2, .orphans = 2});
}

Visitor::Visitor(const TestDomain& domain, Visit step, int which)
    : process_(ChildProcess::start(
          [&](Parent& parent) { visit(parent, domain.node("visitor"), step, which); })) {
  REQUIRE(process_.next_report() == "ready");
}

void Visitor::leave() {
  process_.go();
  CHECK(process_.join() == kCleanExit);
}

void Visitor::kill() {
  process_.kill(SIGKILL);
  CHECK(process_.join() == killed_by(SIGKILL));
}

}  // namespace tarn::test
