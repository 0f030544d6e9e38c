// Every call of every handle, in a child that inherited it: each answers, none touches what is the parent's,
// and neither does the end of the child, whichever way it was forked and ends.
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>
#include <utility>

#include <tarn/tarn.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/survive/events/exiting.hpp"

namespace tarn::test {

namespace {

using namespace std::chrono_literals;

// A topic on which publishers wait for readers, and one on which they do not.
constexpr const char* kReliable = "reliable";
constexpr const char* kPlain = "plain/topic";

TestDomain domain_of_both() {
  return TestDomain({.topics = {listed(kReliable, sizeof(Large),
                                       {.depth = 8, .overflow = directory::Overflow::Block}),
                                listed(kPlain, sizeof(Small), {.depth = 8, .publishers = 2})}});
}

struct Handles {
  explicit Handles(const TestDomain& domain)
      : node(domain.open("parent")),
        large(must(node.publisher<Large>(kReliable))),
        bytes(must(node.untyped_publisher(kPlain, message_type<Small>()))),
        subscriber(must(node.subscriber<Large>(kReliable))),
        untyped(must(node.untyped_subscriber(kPlain))),
        pattern(must(node.wildcard_subscriber<Small>("plain/**"))),
        attached(must(node.subscriber<Small>(kPlain))),
        set(must(node.wait_set())),
        event(must(set.add_event())),
        id(must(set.attach(attached))),
        observer(must(Observer::open({.runtime_directory = domain.path()}))),
        watch(must(observer.watch(kPlain))) {
    (void)must(untyped.fd());
    send(1);
    send(2);
    held = subscriber.try_take();
    loan.emplace(must(large.loan()));
    fill(**loan, 1, 3);
  }

  void send(std::uint64_t number) {
    const auto small = numbered<Small>(1, number);
    must(large.send(numbered<Large>(1, number)));
    must(bytes.send(std::as_bytes(std::span(&small, 1))));
  }

  Node node;
  Publisher<Large> large;
  UntypedPublisher bytes;
  Subscriber<Large> subscriber;
  UntypedSubscriber untyped;
  WildcardSubscriber<Small> pattern;
  Subscriber<Small> attached;
  WaitSet set;
  UserEvent event;
  AttachmentId id;
  Observer observer;
  TopicWatch watch;
  Sample<Large> held;
  std::optional<Loan<Large>> loan;
};

// Says what did not answer as it should by ending the child. Not a Parent's check, since some of these
// children are forked past everything.
void expect(bool holds, const char* claim) {
  if (holds) return;
  std::fprintf(stderr, "in a forked child, not so: %s\n", claim);
  ::_exit(kCheckFailed);
}

template <typename T>
void expect_forked(const Result<T>& result, const char* claim) {
  expect(!result && result.error().code() == Errc::Forked, claim);
}

void call_node(Handles& handles) {
  expect_forked(handles.node.publisher<Small>("new"), "publisher()");
  expect_forked(handles.node.subscriber<Small>("new"), "subscriber()");
  expect_forked(handles.node.wildcard_subscriber<Small>("*"), "wildcard_subscriber()");
  expect_forked(handles.node.untyped_publisher("new", message_type<Small>()),
                "untyped_publisher()");
  expect_forked(handles.node.untyped_subscriber(kPlain), "untyped_subscriber()");
  expect_forked(handles.node.wait_set(), "wait_set()");
}

void call_publishers(Handles& handles) {
  const auto small = numbered<Small>(9, 9);
  expect_forked(handles.large.loan(), "loan()");
  expect_forked(handles.large.publish(std::move(*handles.loan)), "publish()");
  expect_forked(handles.large.publish(std::move(*handles.loan), {.timeout = 0ns}), "publish(0)");
  expect_forked(handles.large.publish_and_wait(std::move(*handles.loan), kWatchdog), "rendezvous");
  expect_forked(handles.large.send(numbered<Large>(9, 9)), "send()");
  expect_forked(handles.large.wait_for_subscribers(9, kWatchdog), "wait_for_subscribers()");
  expect(handles.large.subscriber_count() == 0, "subscriber_count()");
  expect(handles.large.status() == EndpointStatus{}, "a publisher's status()");
  (void)handles.large.counts();
  expect_forked(handles.bytes.loan(sizeof(Small)), "untyped loan()");
  expect_forked(handles.bytes.send(std::as_bytes(std::span(&small, 1))), "untyped send()");
  (void)handles.bytes.max_bytes();
  (void)handles.bytes.counts();
}

void call_subscribers(Handles& handles) {
  expect(handles.subscriber.try_take().outcome() == TakeOutcome::Forked, "try_take()");
  expect(handles.subscriber.read_latest().outcome() == TakeOutcome::Forked, "read_latest()");
  expect(handles.subscriber.wait_take(kWatchdog).outcome() == TakeOutcome::Forked, "wait_take()");
  expect_forked(handles.subscriber.seek(1), "seek()");
  expect_forked(handles.subscriber.wait_for_publishers(9, kWatchdog), "wait_for_publishers()");
  expect_forked(handles.subscriber.fd(), "fd()");
  expect(handles.subscriber.publisher_count() == 0, "publisher_count()");
  expect(handles.subscriber.status() == EndpointStatus{}, "a subscriber's status()");
  expect(handles.subscriber.counts().received == 0, "counts()");
  expect(handles.untyped.try_take().outcome() == TakeOutcome::Forked, "untyped try_take()");
  expect(handles.untyped.wait_take(kWatchdog).outcome() == TakeOutcome::Forked, "untyped wait");
  expect_forked(handles.untyped.fd(), "fd() of one that has it");
  expect(handles.pattern.try_take().outcome() == TakeOutcome::Forked, "a pattern's try_take()");
  expect(handles.pattern.wait_take(kWatchdog).outcome() == TakeOutcome::Forked, "its wait_take()");
  expect(handles.pattern.topic_count() == 0, "topic_count()");
  expect(handles.pattern.publisher_count() == 0, "a pattern's publisher_count()");
  (void)handles.pattern.counts();
}

void call_waiters(Handles& handles) {
  expect_forked(handles.set.wait(kWatchdog), "wait()");
  expect_forked(handles.set.run(), "run()");
  expect_forked(handles.set.fd(), "a set's fd()");
  expect_forked(handles.set.add_event(), "add_event()");
  expect_forked(handles.set.add_interval(1ms), "add_interval()");
  expect_forked(handles.set.attach(handles.subscriber), "attach()");
  handles.event.trigger();
  handles.set.stop();
  (void)handles.set.pause(handles.id, true);
  (void)handles.set.pause(handles.id, false);
  (void)handles.set.counts();
  (void)handles.set.detach(handles.id);
}

void call_observer(Handles& handles) {
  expect_forked(handles.observer.topics(), "topics()");
  expect_forked(handles.observer.topic(kPlain), "topic()");
  expect_forked(handles.observer.pool(), "pool()");
  expect_forked(handles.observer.watch(kPlain), "watch()");
  expect_forked(handles.observer.reload(), "reload()");
  expect_forked(handles.watch.try_next(), "try_next()");
  expect_forked(handles.watch.wait_next(kWatchdog), "wait_next()");
}

void call_everything(Handles& handles) {
  call_node(handles);
  call_publishers(handles);
  call_subscribers(handles);
  call_waiters(handles);
  call_observer(handles);
}

// The parent goes on where it was.
void check_undisturbed(Handles& handles) {
  REQUIRE(handles.held);
  CHECK(is_intact(*handles.held));
  CHECK(handles.held->number == 1);
  must(handles.large.publish(std::move(*handles.loan)));
  for (std::uint64_t number = 2; number <= 3; ++number) {
    const auto sample = handles.subscriber.wait_take(kWatchdog);
    REQUIRE(sample);
    CHECK(sample->number == number);
    CHECK(is_intact(*sample));
  }
  CHECK(handles.subscriber.counts().lost() == 0);
  const auto ready = must(handles.set.wait(kWatchdog));
  REQUIRE(ready.size() == 1);
  CHECK(ready[0].id == handles.id);
  for (std::uint64_t number = 1; number <= 2; ++number) {
    CHECK(handles.attached.try_take()->number == number);
    CHECK(handles.pattern.try_take()->number == number);
    CHECK(handles.untyped.try_take());
    CHECK(must(handles.watch.try_next()));
  }
  CHECK(handles.large.status().matched == 1);
  CHECK(must(handles.observer.topics()).size() == 2);
}

pid_t fork_past_the_library() {
  return static_cast<pid_t>(::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
}

int collect(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace

TEST_CASE("every call on a parent's handle answers in a forked child and changes nothing",
          "[survive][events]") {
  const TestDomain domain = domain_of_both();
  const PoolObserver pool(domain.path());
  {
    std::optional<Handles> handles(std::in_place, domain);
    const PoolUsage before = pool.usage();
    const bool past_the_library = GENERATE(false, true);
    INFO("past the C library: " << past_the_library);
    const pid_t child = past_the_library ? fork_past_the_library() : ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      call_everything(*handles);
      handles.reset();
      ::_exit(0);
    }
    CHECK(collect(child) == 0);
    CHECK(pool.usage() == before);
    check_undisturbed(*handles);
  }
  CHECK(pool.becomes_empty());
}

TEST_CASE("a child that exits in order, with its parent's handles in static places, is no farewell",
          "[survive][events]") {
  const TestDomain domain = domain_of_both();
  const PoolObserver pool(domain.path());
  static std::optional<Handles> handles;
  handles.emplace(domain);
  const PoolUsage before = pool.usage();
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) exit_in_order(5);  // destroys `handles`
  CHECK(collect(child) == 5);
  CHECK(pool.usage() == before);
  check_undisturbed(*handles);
  handles.reset();
  CHECK(pool.becomes_empty());
}

}  // namespace tarn::test
