// Memory runs out: for a pool that is to be made, in every place that has a limit, for a client that has no
// room to map one, and in the pool itself, by nothing but lawful use. Whoever asks is refused with the numbers;
// nobody is killed for it, and nobody else notices.
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <sched.h>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include <tarn/tarn.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/skip.hpp"
#include "tests/survive/resources/failing_calls.hpp"
#include "tests/survive/resources/full_life.hpp"

namespace tarn::test {

namespace {

broker::BrokerOptions options_in(const std::string& directory, std::uint64_t pool_bytes) {
  broker::BrokerOptions options;
  options.runtime_directory = directory;
  options.pool_bytes = pool_bytes;
  return options;
}

// A group below this process's own, gone at the end.
class MemoryGroup {
 public:
  explicit MemoryGroup(std::uint64_t limit) {
    std::ifstream groups("/proc/self/cgroup");
    std::string own_v1;
    std::string own_v2;
    for (std::string line; std::getline(groups, line);) {
      if (const auto at = line.find(":memory:"); at != std::string::npos)
        own_v1 = line.substr(at + 8);
      if (line.starts_with("0::")) own_v2 = line.substr(3);
    }
    const std::string name = "/tarn-test-" + std::to_string(::getpid());
    works_ = make("/sys/fs/cgroup/memory" + own_v1 + name, "memory.limit_in_bytes", limit) ||
             make("/sys/fs/cgroup" + own_v2 + name, "memory.max", limit);
  }
  ~MemoryGroup() { ::rmdir(path_.c_str()); }
  MemoryGroup(const MemoryGroup&) = delete;
  MemoryGroup& operator=(const MemoryGroup&) = delete;

  [[nodiscard]] bool works() const { return works_; }
  [[nodiscard]] bool join() const { return write("cgroup.procs", std::to_string(::getpid())); }

 private:
  bool make(const std::string& path, const char* limit_file, std::uint64_t limit) {
    path_ = path;
    if (::mkdir(path.c_str(), 0755) != 0) return false;
    if (::access((path + "/" + limit_file).c_str(), W_OK) == 0 &&
        write(limit_file, std::to_string(limit))) {
      return true;
    }
    ::rmdir(path.c_str());
    return false;
  }
  [[nodiscard]] bool write(const char* file, const std::string& text) const {
    std::ofstream out(path_ + "/" + file);
    out << text << std::flush;
    return out.good();
  }

  std::string path_;
  bool works_ = false;
};

}  // namespace

TEST_CASE("a broker in a memory group smaller than its pool refuses to start, with the numbers",
          "[survive][resources]") {
  constexpr std::uint64_t kLimit = std::uint64_t{32} << 20;
  constexpr std::uint64_t kPool = std::uint64_t{64} << 20;
  const MemoryGroup group(kLimit);
  if (!group.works()) return skip("memory groups cannot be made here");
  const TemporaryDirectory directory;
  auto child = ChildProcess::start([&](Parent& parent) {
    parent.check(group.join(), "the child joins the group");
    {
      const auto refused = broker::Broker::create(options_in(directory.path(), kPool));
      parent.check(!refused && refused.error().code() == Errc::NoSpace, "it is refused");
      parent.report(refused.error().message());
    }
    auto smaller = need(parent, broker::Broker::create(options_in(directory.path(), kPool / 4)));
    need(parent, smaller.leave());
  });
  const std::string message = child.next_report();
  CHECK_THAT(message, contains_text(std::to_string(kPool) + " bytes needed") &&
                          contains_text("memory group"));
  CHECK(child.join() == kCleanExit);
}

TEST_CASE("a broker whose pool does not fit on its tmpfs refuses to start, with the numbers",
          "[survive][resources]") {
  if (!is_root()) return skip("mounting a small tmpfs needs root");
  const TemporaryDirectory directory;
  auto child = ChildProcess::start([&](Parent& parent) {
    const bool mounted = ::unshare(CLONE_NEWNS) == 0 &&
                         ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                         ::mount("tmpfs", directory.path().c_str(), "tmpfs", 0, "size=20m") == 0;
    parent.report(mounted ? "mounted" : "no mount");
    if (!mounted) return;
    {
      const auto refused = broker::Broker::create(options_in(directory.path(), 32U << 20));
      parent.check(!refused && refused.error().code() == Errc::NoSpace, "it is refused");
      parent.report(refused.error().message());
    }
    // Filled to the last page afterwards: what the pool has was backed before anybody came.
    auto role = need(parent, broker::Broker::create(options_in(directory.path(), 16U << 20)));
    std::ofstream filler(directory.path() + "/filler");
    const std::string page(4096, 'x');
    while (filler.write(page.data(), static_cast<std::streamsize>(page.size())).flush()) {
    }
    const PoolObserver pool(directory.path());
    auto* const bytes = reinterpret_cast<const volatile std::byte*>(&pool.header());
    for (std::uint64_t at = 0; at < pool.header().pool_bytes; at += 4096) (void)bytes[at];
    need(parent, role.leave());
  });
  if (child.next_report() != "mounted") {
    child.join();
    return skip("this machine allows no tmpfs mount");
  }
  CHECK_THAT(child.next_report(), contains_text("33554432 bytes needed") &&
                                      contains_text("available on its file system"));
  CHECK(child.join() == kCleanExit);
}

TEST_CASE("a broker that is to lock its pool and may not names the key", "[survive][resources]") {
  if (is_emulated()) return skip("the emulator does not pass the limit on");
  if (is_sanitized()) return skip("sanitizers do not let mlock through");
  const TemporaryDirectory directory;
  auto child = ChildProcess::start([&](Parent& parent) {
    constexpr uid_t kNobody = 65534;  // root's locks know no limit
    if (is_root()) {
      parent.check(::chown(directory.path().c_str(), kNobody, kNobody) == 0 &&
                       ::setgid(kNobody) == 0 && ::setuid(kNobody) == 0,
                   "root can become nobody");
    }
    const rlimit few{.rlim_cur = 1U << 16, .rlim_max = 1U << 16};
    parent.check(::setrlimit(RLIMIT_MEMLOCK, &few) == 0, "the limit can be lowered");
    auto options = options_in(directory.path(), 16U << 20);
    options.lock_memory = true;
    {
      const auto refused = broker::Broker::create(options);
      parent.check(!refused, "it is refused");
      parent.report(refused.error().message());
    }
    options.lock_memory = false;
    auto role = need(parent, broker::Broker::create(options));
    need(parent, role.leave());
  });
  CHECK_THAT(child.next_report(), contains_text("RLIMIT_MEMLOCK is 65536 bytes") &&
                                      contains_text("16777216 are needed") &&
                                      contains_text("lock_memory"));
  CHECK(child.join() == kCleanExit);
}

TEST_CASE("a client without the address space for the pool is told how much it needs",
          "[survive][resources]") {
  if (is_emulated()) return skip("the emulator has an address space of its own");
  if (is_sanitized()) return skip("sanitizers need more address space than is left here");
  const TestDomain domain = domain_for_lives();
  const PoolObserver pool(domain.path());
  auto child = ChildProcess::start([&](Parent& parent) {
    rlimit usual{};
    ::getrlimit(RLIMIT_AS, &usual);
    std::ifstream statm("/proc/self/statm");
    std::uint64_t pages = 0;
    statm >> pages;
    // Room for the heap, not for the pool.
    const rlimit few{.rlim_cur = pages * 4096 + (8U << 20), .rlim_max = usual.rlim_max};
    parent.check(::setrlimit(RLIMIT_AS, &few) == 0, "the limit can be lowered");
    const auto refused = live_once(domain.node("narrow"));
    ::setrlimit(RLIMIT_AS, &usual);
    parent.check(!refused && refused.error().code() == Errc::OutOfMemory, "it is refused");
    parent.report(refused.error().message());
    need(parent, live_once(domain.node("wide")));
  });
  CHECK_THAT(child.next_report(), contains_text("16777216 bytes of address space are needed"));
  CHECK(child.join() == kCleanExit);
  CHECK(pool.becomes_empty());
}

TEST_CASE(
    "a reader whose page the kernel refuses waits without turning in circles, and loses nothing",
    "[survive][resources]") {
  if (const char* why = why_no_tracing()) return skip(why);
  const TestDomain domain = domain_for_lives();
  auto node = domain.open("writer");
  const auto refuse = [](const SystemCall& call) {
    return call.number == SYS_mprotect ? fail_with(ENOMEM) : CallOrder{};
  };
  auto traced = start_traced(
      [&](Parent& parent) {
        auto own = need(parent, Node::open(domain.node("reader")));
        auto subscriber = need(parent, own.subscriber<Small>(kSmallTopic));
        parent.report("subscribed");
        parent.wait_for_go();
        mark_begin();
        const auto nothing = subscriber.wait_take(std::chrono::milliseconds(200));
        mark_end();
        parent.check(!nothing, "it cannot join");
        const auto sample = subscriber.wait_take(kWatchdog);
        parent.check(sample && sample->number == 1 && sample.lost_before() == 0, "it can now");
      },
      {.rule = refuse, .between_marks = true});
  REQUIRE(traced.child.next_report() == "subscribed");
  auto publisher = must(node.publisher<Small>(kSmallTopic));
  must(publisher.send(numbered<Small>(1, 1)));
  traced.child.go();
  CHECK(traced.child.join() == kCleanExit);
  traced.tracer.detach();
  CHECK(traced.tracer.was_obeyed());
  // A millisecond of rest to a try; in circles it would be tens of thousands of calls.
  CHECK(traced.tracer.count() < 2000);
}

TEST_CASE("a pool that is used up refuses the next area with the numbers, until one is free",
          "[survive][resources]") {
  const TestDomain domain({.topics = {listed(kSmallTopic, sizeof(Small), {.depth = 4})}});
  const PoolObserver pool(domain.path());
  auto node = domain.open("greedy");
  auto bystander = domain.open("bystander");
  auto publisher = must(bystander.publisher<Small>(kSmallTopic));
  auto subscriber = must(node.subscriber<Small>(kSmallTopic));
  std::vector<Publisher<Large>> taken;
  Result<Publisher<Large>> next = node.publisher<Large>("unplanned/0");
  for (int i = 1; next && i < 1000; ++i) {
    taken.push_back(std::move(*next));
    next = node.publisher<Large>("unplanned/" + std::to_string(i));
  }
  REQUIRE_FALSE(next);
  CHECK((next.error().code() == Errc::PoolFull || next.error().code() == Errc::TooManyTopics ||
         next.error().code() == Errc::TooManyPublishers));
  INFO(next.error().message());
  REQUIRE(taken.size() > 1);
  for (std::uint64_t number = 1; number <= 100; ++number) {
    // Whoever has a place goes on as ever, in the full pool as well.
    must(publisher.send(numbered<Small>(1, number)));
    const auto sample = subscriber.try_take();
    REQUIRE(sample);
    CHECK(sample->number == number);
    must(taken.front().send(numbered<Large>(1, number)));
    CHECK_FALSE(node.publisher<Large>("unplanned/more"));
  }
  taken.pop_back();
  CHECK(wait_until([&] { return node.publisher<Large>("unplanned/more").has_value(); }));
}

TEST_CASE("a publisher without a loan left is told so exactly as often, and goes on at once",
          "[survive][resources]") {
  const TestDomain domain(
      {.topics = {listed(kLargeTopic, sizeof(Large), {.depth = 4, .held = 2, .loans = 2})}});
  auto node = domain.open("user");
  auto publisher = must(node.publisher<Large>(kLargeTopic));
  auto subscriber = must(node.subscriber<Large>(kLargeTopic));
  auto first = must(publisher.loan());
  auto second = must(publisher.loan());
  constexpr std::uint64_t kTries = 1000;
  for (std::uint64_t i = 0; i < kTries; ++i) {
    const auto refused = publisher.loan();
    REQUIRE_FALSE(refused);
    REQUIRE(refused.error().code() == Errc::TooManyLoans);
  }
  fill(*first, 1, 1);
  must(publisher.publish(std::move(first)));
  auto third = must(publisher.loan());
  // Readers that hold all they may are told so, and lose nothing by it.
  std::vector<Sample<Large>> held;
  held.push_back(subscriber.try_take());
  REQUIRE(held.back());
  fill(*second, 1, 2);
  must(publisher.publish(std::move(second)));
  held.push_back(subscriber.try_take());
  REQUIRE(held.back());
  fill(*third, 1, 3);
  must(publisher.publish(std::move(third)));
  CHECK(subscriber.try_take().outcome() == TakeOutcome::TooManyHeld);
  held.clear();
  const auto last = subscriber.try_take();
  REQUIRE(last);
  CHECK(last->number == 3);
  CHECK(subscriber.counts().lost() == 0);
}

}  // namespace tarn::test
