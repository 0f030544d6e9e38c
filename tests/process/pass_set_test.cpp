// The pass set of a fault passes what is as it was, and finds what it is there to find.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tarn/tarn.hpp>

#include "middleware/directory/records_layout.hpp"
#include "middleware/ring/atomics.h"
#include "platform/unix_socket.hpp"
#include "tests/process/scripted_publisher.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pass_set.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"

namespace tarn::test {

namespace {

constexpr const char* kTopic = "topic";

TestDomain domain_of_two(broker::LogLevel level = broker::LogLevel::Info) {
  return TestDomain(
      {.topics = {listed(kTopic, sizeof(Large), {.depth = 4, .publishers = 2, .subscribers = 2})},
       .log_level = level});
}

bool finds(const PassSet& before, const Fault& fault, const std::string& text) {
  return wait_until([&] {
    const auto found = before.findings(fault, std::chrono::nanoseconds(0));
    return std::any_of(found.begin(), found.end(), [&](const std::string& sentence) {
      return sentence.find(text) != std::string::npos;
    });
  });
}

// Scribbles over the pool as only a broker may, and puts back what was there.
template <typename Word>
class Scribble {
 public:
  Scribble(const TestDomain& domain, std::uint64_t offset, Word value)
      : fd_(::open((domain.path() + "/pool").c_str(), O_RDWR | O_CLOEXEC)),
        offset_(static_cast<off_t>(offset)) {
    REQUIRE(::pread(fd_, &before_, sizeof before_, offset_) == sizeof before_);
    REQUIRE(::pwrite(fd_, &value, sizeof value, offset_) == sizeof value);
  }
  ~Scribble() {
    (void)!::pwrite(fd_, &before_, sizeof before_, offset_);
    ::close(fd_);
  }
  Scribble(const Scribble&) = delete;
  Scribble& operator=(const Scribble&) = delete;

 private:
  int fd_;
  off_t offset_;
  Word before_{};
};

// Where a field of a table's record lies in the pool's file.
std::uint64_t place(const pool::TablePlace& table, std::uint32_t index, std::size_t field) {
  return table.offset + std::uint64_t{index} * table.record_bytes + field;
}

// The first record of a table that is free.
template <typename Record>
std::uint32_t free_record(const pool::PoolView& pool, const pool::TablePlace& table) {
  std::uint32_t index = 0;
  while (tarn_load_relaxed_u64(&pool.record<Record>(table, index)->state) != 0) ++index;
  return index;
}

}  // namespace

TEST_CASE("the pass set passes when only the injected process is gone", "[process][support]") {
  const TestDomain domain = domain_of_two();
  auto node = domain.open("reader");
  auto subscriber = must(node.subscriber<Large>(kTopic));
  ScriptedPublisher<Large> stays(domain, kTopic, {.writer = 1, .batches = {1}});
  ScriptedPublisher<Large> dies(domain, kTopic, {.writer = 2, .batches = {1}});
  const PassSet before(domain);
  before.check();
  dies.publish_batch();
  dies.kill();
  REQUIRE(subscriber.wait_take(kWatchdog));
  CHECK_FALSE(subscriber.try_take());  // lets go of the ring, which is drained
  before.check({.died = dies.process().pid(),
                .pairs = {{.name = "writer2 -> reader",
                           .published = 1,
                           .received = subscriber.counts().received,
                           .lost = subscriber.counts().lost()}}});
  stays.publish_batch();
  stays.close();
}

TEST_CASE("the pass set passes when another broker has taken over", "[process][support]") {
  TestDomain domain = domain_of_two();
  ScriptedPublisher<Large> publisher(domain, kTopic, {.writer = 1, .batches = {1}});
  auto node = domain.open("reader");
  auto subscriber = must(node.subscriber<Large>(kTopic));
  const PassSet before(domain);
  domain.kill_broker();
  publisher.publish_batch();
  domain.start_broker();
  before.check();
  publisher.kill();
  // Its message was not taken.
  before.check({.died = publisher.process().pid(), .orphans = 1});
}

TEST_CASE("the pass set finds who died besides, who should have died, and who came",
          "[process][support]") {
  const TestDomain domain = domain_of_two();
  std::optional<ScriptedPublisher<Large>> one;
  one.emplace(domain, kTopic, Script{.writer = 1});
  std::optional<ScriptedPublisher<Large>> two;
  two.emplace(domain, kTopic, Script{.writer = 2});
  const PassSet before(domain);
  one->kill();
  CHECK(finds(
      before, {},
      "'writer1' (pid " + std::to_string(one->process().pid()) + ") has ended, and was not to"));
  CHECK(finds(before, {}, "'writer1'"));
  CHECK(finds(before, {.died = two->process().pid()}, "lives, and was to die"));
  CHECK(finds(before, {}, "the broker says \"node 'writer1'"));
  before.check({.died = one->process().pid()});
  const auto guest = domain.open("guest");
  CHECK(finds(before, {.died = one->process().pid()}, "'guest' (pid"));
}

TEST_CASE("the pass set finds a record, an area, a line and a pin that are left behind",
          "[process][support]") {
  const TestDomain domain = domain_of_two();
  auto node = domain.open("both");
  auto publisher = must(node.publisher<Large>(kTopic));
  auto subscriber = must(node.subscriber<Large>(kTopic));
  const PoolObserver pool(domain.path());
  const pool::PoolGeometry& at = pool.view().geometry();
  const PassSet before(domain);
  constexpr auto kNobody = directory::state_word(1, directory::RecordState::Active);
  {
    const Scribble<std::uint64_t> area(domain, offsetof(pool::PoolHeaderLayout, area_bytes_used),
                                       std::uint64_t{1} << 20);
    CHECK(finds(before, {}, "bytes of areas are in use"));
  }
  {
    const auto ring = free_record<directory::RingRecordLayout>(pool.view(), at.rings);
    const Scribble<std::uint64_t> record(domain, place(at.rings, ring, 0), kNobody);
    CHECK(finds(before, {}, "ring " + std::to_string(ring)));
  }
  {
    const auto waiter = free_record<directory::WaiterRecordLayout>(pool.view(), at.waiters);
    const Scribble<std::uint64_t> record(domain, place(at.waiters, waiter, 0), kNobody);
    CHECK(finds(before, {}, "has a line that is another's too"));
    CHECK(finds(before, {}, "'both' (pid " + std::to_string(::getpid()) + ") has 2 waiters"));
  }
  {
    const auto client = free_record<directory::ClientRecordLayout>(pool.view(), at.clients);
    const Scribble<std::uint64_t> record(domain, place(at.clients, client, 0), kNobody);
    CHECK(finds(before, {}, "is still in the pool"));
  }
  {
    const auto topic = free_record<directory::TopicRecordLayout>(pool.view(), at.topics);
    const Scribble<std::uint64_t> record(
        domain, place(at.topics, topic, 0),
        directory::state_word(1, directory::RecordState::Reserved));
    CHECK(finds(before, {}, "is left half made or half cleared"));
  }
  {
    const std::uint32_t last = at.block_owners.count - 1;
    const Scribble<std::uint32_t> block(domain, place(at.block_owners, last, 0), 64);
    CHECK(finds(before, {}, "block " + std::to_string(last) + " belongs to client 63"));
  }
  {
    const std::uint32_t line =
        at.block.waiters + 2 * at.block.subscriptions + at.block.pin_lines - 1;
    const Scribble<std::uint32_t> pin(domain, at.line_offset(line), 1);
    CHECK(finds(before, {}, "a chunk is pinned by nobody"));
    CHECK(finds(before, {}, "a pin is on what is no chunk"));
  }
  {
    const Scribble<std::uint64_t> member(domain, place(at.members, at.members.count - 1, 0),
                                         directory::member_word(1, 0, false, true));
    CHECK(finds(before, {}, "is of no ring"));
  }
  before.check();
}

TEST_CASE("the pass set finds a member that is missing and ends that are counted wrong",
          "[process][support]") {
  const TestDomain domain = domain_of_two();
  auto node = domain.open("both");
  auto publisher = must(node.publisher<Large>(kTopic));
  auto subscriber = must(node.subscriber<Large>(kTopic));
  const PoolObserver pool(domain.path());
  const pool::PoolGeometry& at = pool.view().geometry();
  const PassSet before(domain);
  {
    const auto& ring = *pool.view().record<directory::RingRecordLayout>(at.rings, 0);
    const Scribble<std::uint64_t> member(domain, place(at.members, ring.members_first, 0), 0);
    CHECK(finds(before, {}, "ring 0 is without subscriber 0"));
  }
  {
    const Scribble<std::uint32_t> count(
        domain, place(at.topics, 0, offsetof(directory::TopicRecordLayout, orphan_count)), 1);
    CHECK(finds(before, {}, "says another number of ends than there are"));
  }
  before.check();
}

TEST_CASE("the pass set finds an orphan that nobody was to need", "[process][support]") {
  const TestDomain domain = domain_of_two();
  auto node = domain.open("reader");
  auto subscriber = must(node.subscriber<Large>(kTopic));
  ScriptedPublisher<Large> publisher(domain, kTopic, {.writer = 1, .batches = {1}});
  const PassSet before(domain);
  publisher.publish_batch();
  publisher.kill();
  CHECK(finds(before, {.died = publisher.process().pid()}, "1 rings are kept for readers, and 0"));
}

TEST_CASE("the pass set finds an fd that the broker or a client keeps", "[process][support]") {
  const TestDomain domain = domain_of_two();
  auto client = ChildProcess::start([&](Parent& parent) {
    const auto node = need(parent, Node::open(domain.node("keeper")));
    parent.report("here");
    parent.wait_for_go();
    const int fd = ::open((domain.path() + "/pool").c_str(), O_RDONLY | O_CLOEXEC);
    parent.check(fd >= 0, "an fd is opened");
    parent.report("kept");
    parent.wait_for_go();
  });
  REQUIRE(client.next_report() == "here");
  const PassSet before(domain);
  {
    // A connection of nobody, until the broker's patience ends.
    const auto deadline = platform::monotonic_now() + kWatchdog;
    const auto socket = must(platform::SeqPacketSocket::connect(domain.socket_path(), deadline));
    CHECK(finds(before, {}, "the broker has "));
  }
  before.check();
  client.go();
  REQUIRE(client.next_report() == "kept");
  CHECK(finds(before, {}, "has 1 fds that are " + domain.path() + "/pool, and had 0"));
}

TEST_CASE("the pass set finds counts that do not add up, and losses where there may be none",
          "[process][support]") {
  const TestDomain domain;
  const PassSet before(domain);
  const Pair good{.name = "a -> b", .published = 10, .received = 7, .lost = 3};
  before.check({.pairs = {good}});
  Pair short_of_one = good;
  short_of_one.received = 6;
  CHECK(finds(before, {.pairs = {short_of_one}}, "a -> b: 6 received and 3 lost are not the 10"));
  Pair lossy = good;
  lossy.reliable = true;
  CHECK(finds(before, {.pairs = {lossy}}, "a -> b is reliable and lost 3"));
}

TEST_CASE("the pass set finds a broker that buries without a word", "[process][support]") {
  const TestDomain domain = domain_of_two(broker::LogLevel::Error);
  ScriptedPublisher<Large> publisher(domain, kTopic, {.writer = 1});
  const PassSet before(domain);
  publisher.kill();
  const Fault fault{.died = publisher.process().pid()};
  CHECK(finds(before, fault, "the broker's log tells of 0 deaths, its pool of 1"));
  CHECK(finds(before, fault,
              "names pid " + std::to_string(publisher.process().pid()) + " 0 times, and it had 1"));
  CHECK(finds(before, {.says = {"something"}}, "the broker does not say \"something\""));
}

TEST_CASE("the pass set finds a broker that ended", "[process][support]") {
  const TestDomain domain;
  const PassSet before(domain);
  ::kill(domain.broker_pid(), SIGKILL);
  CHECK(finds(before, {}, "the broker has ended"));
}

TEST_CASE("memory that a process has touched is its own", "[process][support]") {
  constexpr std::size_t kBytes = std::size_t{1} << 20;
  auto child = ChildProcess::start([&](Parent& parent) {
    parent.report("small");
    parent.wait_for_go();
    std::vector<char> memory(kBytes, 'x');
    parent.report("large");
    parent.wait_for_go();
    parent.check(memory.back() == 'x', "it is still there");
  });
  REQUIRE(child.next_report() == "small");
  const std::uint64_t before = anonymous_kib(child.pid());
  child.go();
  REQUIRE(child.next_report() == "large");
  CHECK(anonymous_kib(child.pid()) >= before + kBytes / 1024);
  child.go();
  CHECK(child.join() == kCleanExit);
}

}  // namespace tarn::test
