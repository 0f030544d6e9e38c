// The fd of a subscriber while processes die, fork, run out of descriptors and belong to others.
#include <grp.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <tarn/tarn.hpp>

#include "platform/file_descriptor.hpp"
#include "platform/poll_wait.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/skip.hpp"

namespace tarn::test {

namespace {

using namespace std::chrono_literals;
using platform::Interest;

constexpr const char* kTopic = "topic";
constexpr std::uint32_t kNobody = 65534;

bool readable(int fd) {
  return must(platform::wait_ready(fd, Interest::Readable, platform::MonotonicTime::min()));
}

bool becomes_readable(int fd) {
  return must(platform::wait_ready(fd, Interest::Readable, platform::deadline_after(kWatchdog)));
}

// A subscriber as an event loop has it: takes only when its fd is readable.
struct Reader {
  explicit Reader(const TestDomain& domain, const char* topic = kTopic)
      : node(domain.open("reader")),
        subscriber(must(node.subscriber<Small>(topic))),
        fd(must(subscriber.fd())) {}

  // What one wake-up brings.
  std::uint64_t take_all() {
    std::uint64_t taken = 0;
    while (const auto sample = subscriber.try_take()) {
      ++taken;
      if (!is_intact(*sample)) FAIL("message " << sample->number << " is damaged");
      last = sample->number;
    }
    return taken;
  }
  // Waits until message `number` came.
  void take_until(std::uint64_t number) {
    while (last != number) {
      REQUIRE(becomes_readable(fd));
      take_all();
    }
  }
  // Nothing wakes the loop any more.
  void come_to_rest() {
    REQUIRE(wait_until([&] { return take_all() == 0 && !readable(fd); }));
  }

  Node node;
  Subscriber<Small> subscriber;
  int fd;
  std::uint64_t last = 0;
};

// A process that publishes the numbers from 1 on, as many as it is let, then says so.
ChildProcess start_publisher(const TestDomain& domain, std::uint64_t step) {
  return ChildProcess::start([&domain, step](Parent& parent) {
    auto node = need(parent, Node::open(domain.node("publisher")));
    auto publisher = need(parent, node.publisher<Small>(kTopic));
    std::uint64_t number = 0;
    for (;;) {
      parent.report("ready");
      parent.wait_for_go();
      for (std::uint64_t i = 0; i < step; ++i) {
        need(parent, publisher.send(numbered<Small>(1, ++number)));
      }
    }
  });
}

std::string only_bell(const TestDomain& domain) {
  const std::filesystem::directory_iterator bells(domain.path() + "/bells");
  return bells == std::filesystem::directory_iterator() ? "" : bells->path().string();
}

}  // namespace

TEST_CASE("a broker that dies wakes those who wait by their fd, and once", "[process][fd]") {
  TestDomain domain;
  auto publisher = start_publisher(domain, 3);
  REQUIRE(publisher.next_report() == "ready");
  Reader reader(domain);
  CHECK_FALSE(readable(reader.fd));
  std::uint64_t sent = 0;
  for (int round = 0; round < 3; ++round) {
    domain.kill_broker();
    REQUIRE(becomes_readable(reader.fd));
    CHECK(reader.take_all() == 0);
    CHECK_FALSE(readable(reader.fd));
    // Messages do not need it.
    publisher.go();
    sent += 3;
    reader.take_until(sent);
    REQUIRE(publisher.next_report() == "ready");

    CHECK(domain.start_broker() == broker::PoolOrigin::Adopted);
    REQUIRE(becomes_readable(reader.fd));
    CHECK(wait_until([&] {
      (void)reader.take_all();
      return reader.subscriber.status().broker_there;
    }));
    reader.come_to_rest();
    publisher.go();
    sent += 3;
    reader.take_until(sent);
    REQUIRE(publisher.next_report() == "ready");
    reader.come_to_rest();
  }
  CHECK(reader.subscriber.counts().lost() == 0);
  CHECK(reader.subscriber.counts().safety_wakeups == 0);
}

TEST_CASE("a wait set's fd tells of a broker's end, too", "[process][fd]") {
  TestDomain domain;
  auto node = domain.open("reader");
  auto subscriber = must(node.subscriber<Small>(kTopic));
  auto set = must(node.wait_set());
  (void)must(set.attach(subscriber));
  const int fd = must(set.fd());
  for (int round = 0; round < 3; ++round) {
    REQUIRE(wait_until([&] { return must(set.wait(0ns)).empty() && !readable(fd); }));
    domain.kill_broker();
    REQUIRE(becomes_readable(fd));
    REQUIRE(wait_until([&] { return must(set.wait(0ns)).empty() && !readable(fd); }));
    CHECK(domain.start_broker() == broker::PoolOrigin::Adopted);
    REQUIRE(becomes_readable(fd));
    CHECK(wait_until([&] {
      (void)must(set.wait(0ns));
      return subscriber.status().broker_there;
    }));
  }
}

TEST_CASE("what a publisher committed before it was killed makes the fd readable",
          "[process][fd]") {
  const TestDomain domain;
  for (int round = 0; round < 20; ++round) {
    Reader reader(domain);
    auto publisher = start_publisher(domain, 1'000'000);
    REQUIRE(publisher.next_report() == "ready");
    publisher.go();
    // Somewhere in the midst of it.
    for (int wakeups = 0; wakeups <= round; ++wakeups) {
      REQUIRE(becomes_readable(reader.fd));
      (void)reader.take_all();
    }
    publisher.kill(SIGKILL);
    REQUIRE(publisher.join() == killed_by(SIGKILL));
    // The broker's kick tells of the death; when the fd rests after it, nothing is left.
    REQUIRE(wait_until([&] {
      if (readable(reader.fd)) (void)reader.take_all();
      return reader.subscriber.status().peers_gone == 1 && !readable(reader.fd);
    }));
    CHECK_FALSE(reader.subscriber.try_take());
  }
}

TEST_CASE("a reader that is killed with its bell full is in nobody's way", "[process][fd]") {
  const TestDomain domain;
  auto node = domain.open("publisher");
  std::vector<Publisher<Small>> publishers;
  // Each rings once, and they are more than a socket's queue holds.
  for (int i = 0; i < 16; ++i) publishers.push_back(must(node.publisher<Small>(kTopic)));
  auto stuck = ChildProcess::start([&](Parent& parent) {
    auto own = need(parent, Node::open(domain.node("stuck")));
    auto subscriber = need(parent, own.subscriber<Small>(kTopic));
    need(parent, subscriber.fd());
    parent.report("waiting");
    parent.wait_for_go();
  });
  REQUIRE(stuck.next_report() == "waiting");
  REQUIRE(wait_until([&] { return publishers.back().subscriber_count() == 1; }));
  for (auto& publisher : publishers) must(publisher.send(numbered<Small>(1, 1)));
  CHECK_FALSE(only_bell(domain).empty());

  stuck.kill(SIGKILL);
  REQUIRE(stuck.join() == killed_by(SIGKILL));
  for (auto& publisher : publishers) must(publisher.send(numbered<Small>(1, 2)));
  CHECK(wait_until([&] { return only_bell(domain).empty(); }));

  // The next one has its place and hears everybody.
  Reader reader(domain);
  REQUIRE(wait_until([&] { return publishers.back().subscriber_count() == 1; }));
  for (auto& publisher : publishers) {
    must(publisher.send(numbered<Small>(1, 3)));
    REQUIRE(becomes_readable(reader.fd));
    CHECK(reader.take_all() == 1);
  }
}

TEST_CASE("a publisher rings for the first time with no descriptor left", "[process][fd]") {
  const TestDomain domain;
  auto publisher = ChildProcess::start([&](Parent& parent) {
    auto node = need(parent, Node::open(domain.node("publisher")));
    auto made = need(parent, node.publisher<Small>(kTopic));
    const rlimit none{.rlim_cur = 0, .rlim_max = 0};
    parent.check(::setrlimit(RLIMIT_NOFILE, &none) == 0 && ::dup(0) == -1, "no fd is left");
    parent.report("ready");
    parent.wait_for_go();
    need(parent, made.send(numbered<Small>(1, 1)));
  });
  REQUIRE(publisher.next_report() == "ready");
  Reader reader(domain);
  publisher.go();
  reader.take_until(1);
  CHECK(publisher.join() == kCleanExit);
}

TEST_CASE("a reader without descriptors is refused an fd and goes on", "[process][fd]") {
  const TestDomain domain;
  auto reader = ChildProcess::start([&](Parent& parent) {
    auto node = need(parent, Node::open(domain.node("reader")));
    auto subscriber = need(parent, node.subscriber<Small>(kTopic));
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    rlimit few = before;
    for (rlim_t more = 0; more < 2; ++more) {
      const int next = platform::FileDescriptor(::dup(0)).get();
      few.rlim_cur = static_cast<rlim_t>(next) + more;
      ::setrlimit(RLIMIT_NOFILE, &few);
      const auto refused = subscriber.fd();
      parent.check(!refused && refused.error().system_errno() == EMFILE, "it is refused");
    }
    ::setrlimit(RLIMIT_NOFILE, &before);
    const int fd = need(parent, subscriber.fd());
    parent.report("ready");
    // A publisher that comes is news, too.
    while (!subscriber.try_take()) parent.check(becomes_readable(fd), "it is woken");
  });
  REQUIRE(reader.next_report() == "ready");
  auto node = domain.open("publisher");
  auto publisher = must(node.publisher<Small>(kTopic));
  must(publisher.send(numbered<Small>(1, 1)));
  CHECK(reader.join() == kCleanExit);
}

TEST_CASE("a forked child has no part in its parent's fd", "[process][fd]") {
  TestDomain domain;
  auto publisher = start_publisher(domain, 1);
  REQUIRE(publisher.next_report() == "ready");
  std::optional<Reader> reader(domain);
  std::optional<WaitSet> set(must(reader->node.wait_set()));
  (void)must(set->fd());
  // It lives on, and keeps everything open that it has not closed.
  auto witness = ChildProcess::start([](Parent& parent) {
    parent.report("here");
    parent.wait_for_go();
  });
  REQUIRE(witness.next_report() == "here");
  auto child = ChildProcess::start([&](Parent& parent) {
    const auto fd = reader->subscriber.fd();
    parent.check(!fd && fd.error().code() == Errc::Forked, "fd() says so");
    const auto of_set = set->fd();
    parent.check(!of_set && of_set.error().code() == Errc::Forked, "so does the set's");
    set.reset();
    reader.reset();
  });
  REQUIRE(child.join() == kCleanExit);

  publisher.go();
  reader->take_until(1);
  reader->come_to_rest();
  domain.kill_broker();
  REQUIRE(becomes_readable(reader->fd));
  reader->come_to_rest();
  CHECK(domain.start_broker() == broker::PoolOrigin::Adopted);
  REQUIRE(wait_until([&] {
    (void)reader->take_all();
    return reader->subscriber.status().broker_there;
  }));
  reader->come_to_rest();
}

TEST_CASE("without the directory of bells the domain ends, and readers hear of it",
          "[process][fd]") {
  TestDomain domain;
  Reader reader(domain);
  std::filesystem::remove_all(domain.path() + "/bells");
  REQUIRE(wait_until([&] {
    return becomes_readable(reader.fd) &&
           reader.subscriber.try_take().outcome() == TakeOutcome::DomainReset;
  }));
}

TEST_CASE("a publisher of another user rings through the group of the domain", "[process][fd]") {
  if (::geteuid() != 0) return skip("only root can be several users");
  const TestDomain domain({.group = kNobody});
  auto publisher = ChildProcess::start([&](Parent& parent) {
    parent.check(::setgroups(0, nullptr) == 0 && ::setgid(kNobody) == 0 && ::setuid(kNobody) == 0,
                 "the child becomes somebody else");
    auto node = need(parent, Node::open(domain.node("publisher")));
    auto made = need(parent, node.publisher<Small>(kTopic));
    parent.report("ready");
    parent.wait_for_go();
    need(parent, made.send(numbered<Small>(1, 1)));
  });
  REQUIRE(publisher.next_report() == "ready");
  Reader reader(domain);
  publisher.go();
  reader.take_until(1);
  CHECK(publisher.join() == kCleanExit);
}

}  // namespace tarn::test
