// A forked child inherits its parent's handles, which mean nothing there: each says so, and neither
// using nor dropping one does anything to the parent.
#include <signal.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <utility>

#include <tarn/tarn.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"

namespace tarn::test {

namespace {

constexpr const char* kTopic = "topic";

// Everything a program can hold, with one sample taken, one loan out and one message waiting.
template <typename M>
struct Handles {
  explicit Handles(const TestDomain& domain)
      : node(domain.open("parent")),
        publisher(must(node->publisher<M>(kTopic))),
        subscriber(must(node->subscriber<M>(kTopic))) {
    must(publisher->send(numbered<M>(1, 1)));
    must(publisher->send(numbered<M>(1, 2)));
    sample = subscriber->try_take();
    loan = must(publisher->loan());
    fill(**loan, 1, 3);
  }

  std::optional<Node> node;
  std::optional<Publisher<M>> publisher;
  std::optional<Subscriber<M>> subscriber;
  Sample<M> sample;
  std::optional<Loan<M>> loan;
};

template <typename T>
void check_forked(Parent& parent, const Result<T>& result, const char* what) {
  parent.check(!result && result.error().code() == Errc::Forked, what);
}

template <typename M>
void use_all(Parent& parent, Handles<M>& handles) {
  check_forked(parent, handles.node->template publisher<M>("new"), "no publisher is made");
  check_forked(parent, handles.node->template subscriber<M>("new"), "no subscriber is made");
  check_forked(parent, handles.publisher->send(numbered<M>(9, 9)), "nothing is sent");
  check_forked(parent, handles.publisher->loan(), "nothing is lent");
  check_forked(parent, handles.publisher->publish(std::move(*handles.loan)), "no loan goes out");
  parent.check(static_cast<bool>(*handles.loan), "the loan that did not go out is kept");
  parent.check(handles.publisher->subscriber_count() == 0, "nobody reads the child");
  parent.check(handles.subscriber->publisher_count() == 0, "the child reads nobody");
  for (int i = 0; i < 2; ++i) {
    parent.check(handles.subscriber->try_take().outcome() == TakeOutcome::Forked, "try_take");
    parent.check(handles.subscriber->read_latest().outcome() == TakeOutcome::Forked, "read_latest");
    parent.check(handles.subscriber->wait_take(kWatchdog).outcome() == TakeOutcome::Forked,
                 "wait_take returns at once");
  }
}

template <typename M>
void drop_all(Handles<M>& handles) {
  handles.sample.release();
  handles.loan.reset();
  handles.subscriber.reset();
  handles.publisher.reset();
  handles.node.reset();
}

// The parent goes on where it was: sample whole, loan good, message waiting, counts exact.
template <typename M>
void check_undisturbed(Handles<M>& handles) {
  REQUIRE(handles.sample);
  CHECK(handles.sample->number == 1);
  CHECK(is_intact(*handles.sample));
  must(handles.publisher->publish(std::move(*handles.loan)));
  for (std::uint64_t number = 2; number <= 3; ++number) {
    const auto sample = handles.subscriber->try_take();
    REQUIRE(sample);
    CHECK(sample->writer == 1);
    CHECK(sample->number == number);
    CHECK(is_intact(*sample));
  }
  CHECK_FALSE(handles.subscriber->try_take());
  CHECK(handles.subscriber->counts().received == 3);
  CHECK(handles.subscriber->counts().lost() == 0);
  CHECK(handles.publisher->counts().published == 3);
  CHECK(handles.publisher->subscriber_count() == 1);
  CHECK(handles.node->template publisher<M>("new"));
}

template <typename M>
void check_fork() {
  const TestDomain domain({.topics = {listed(kTopic, sizeof(M), {})}});
  const PoolObserver pool(domain.path());
  {
    Handles<M> handles(domain);
    const PoolUsage before = pool.usage();
    auto child = ChildProcess::start([&](Parent& parent) {
      use_all(parent, handles);
      drop_all(handles);
    });
    REQUIRE(child.join() == kCleanExit);
    CHECK(pool.usage() == before);
    check_undisturbed(handles);
  }
  CHECK(pool.becomes_empty());
}

}  // namespace

TEST_CASE("a forked child's handles answer Forked and leave the parent's alone", "[process]") {
  SECTION("with small messages") { check_fork<Small>(); }
  SECTION("with messages in chunks") { check_fork<Large>(); }
}

TEST_CASE("a forked child may open a node of its own", "[process]") {
  const TestDomain domain;
  Handles<Large> handles(domain);
  auto child = ChildProcess::start([&](Parent& parent) {
    auto node = need(parent, Node::open(domain.node("child")));
    auto subscriber = need(parent, node.subscriber<Large>(kTopic));
    auto publisher = need(parent, node.publisher<Large>("from_child"));
    parent.report("ready");
    const auto sample = subscriber.wait_take(kWatchdog);
    parent.check(sample && sample->number == 3 && is_intact(*sample), "the parent's message came");
    need(parent, publisher.send(numbered<Large>(2, 1)));
  });
  REQUIRE(child.next_report() == "ready");
  auto from_child = must(handles.node->subscriber<Large>("from_child"));
  must(handles.publisher->publish(std::move(*handles.loan)));
  const auto sample = from_child.wait_take(kWatchdog);
  REQUIRE(sample);
  CHECK(sample->writer == 2);
  CHECK(is_intact(*sample));
  CHECK(child.join() == kCleanExit);
}

TEST_CASE("a process that dies is dead although its forked child lives on with its fds",
          "[process]") {
  const TestDomain domain;
  const PoolObserver pool(domain.path());
  auto subscriber_node = domain.open("reader");
  auto subscriber = must(subscriber_node.subscriber<Small>(kTopic));
  auto child = ChildProcess::start([&](Parent& parent) {
    Handles<Small> handles(domain);
    // Inherits the socket and the liveness lock, and outlives its parent: ChildProcess would end it
    // with its parent, so it is forked by hand.
    const int pid = ::fork();
    if (pid == 0) {
      ::pause();
      ::_exit(0);
    }
    parent.report(std::to_string(pid));
    parent.wait_for_go();
  });
  const int orphan = std::stoi(child.next_report());
  CHECK(wait_until([&] { return pool.usage().clients == 2; }));
  child.kill(SIGKILL);
  CHECK(child.join() == killed_by(SIGKILL));
  CHECK(wait_until([&] { return pool.usage().clients == 1; }));
  CHECK(subscriber.try_take());
  CHECK(subscriber.try_take());
  CHECK(subscriber.publisher_count() == 0);
  ::kill(orphan, SIGKILL);
}

}  // namespace tarn::test
